"""Addresses of suggestions and meetings that are not generic."""

from django.urls import path

from kedang.areas.reviews import views

urlpatterns = [
    path("my-suggestions", views.mine, name="reviews.mine"),
    path("my-suggestions/<str:pk>/withdraw", views.withdraw, name="reviews.withdraw"),
    path("suggest", views.suggest_unseen, name="reviews.suggest"),
    path("customers/<str:pk>/suggest", views.suggest, name="reviews.suggest_for"),
    path("suggestions/<str:pk>/answer", views.answer, name="reviews.answer"),
    path("meetings/<str:pk>/lines", views.lines, name="reviews.lines"),
    path("meetings/<str:pk>/purchases", views.purchases, name="reviews.purchases"),
    path("meetings/<str:pk>/decide", views.decide, name="reviews.decide"),
    path("meetings/<str:pk>/sheet", views.sheet, name="reviews.print"),
]
