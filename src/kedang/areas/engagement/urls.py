"""Addresses of the agenda and of visits."""

from django.urls import path

from kedang.areas.engagement import views, visit_views

urlpatterns = [
    path("agenda", views.agenda, name="agenda"),
    path("agenda/subscribe", views.subscribe, name="agenda.subscribe"),
    path("agenda/unsubscribe", views.unsubscribe, name="agenda.unsubscribe"),
    path("agenda/<str:pk>/done", views.done, name="agenda.done"),
    path("agenda/feed/<str:secret>.ics", views.feed, name="agenda.feed"),
    *visit_views.urlpatterns,
]
