"""Addresses of personal data."""

from django.urls import path

from kedang.areas.personal import views

urlpatterns = [
    path("personal-data", views.home, name="personal"),
    path("personal-data/register", views.registered, name="personal.register"),
    path("personal-data/register/sheet", views.register_sheet, name="personal.register_sheet"),
    path("personal-data/copy/<slug:plural>/<str:pk>", views.copy, name="personal.copy"),
    path("personal-data/sealed/<str:pk>", views.sealed, name="personal.sealed"),
    path("personal-data/leaks", views.leak, name="personal.leaks"),
    path("personal-data/leaks/sheet", views.leak_sheet, name="personal.leak_sheet"),
]
