"""Addresses of the pool."""

from django.urls import path

from kedang.areas.pool import views

urlpatterns = [
    path("pool", views.page, name="pool"),
    path("pool/soon", views.soon, name="pool.soon"),
    path("pool/runs", views.runs, name="pool.runs"),
    path("pool/runs/start", views.start, name="pool.start"),
    path("pool/runs/<str:pk>", views.run, name="pool.run"),
    path("pool/runs/<str:pk>/undo", views.undo, name="pool.undo"),
    path("pool/<str:pk>/unlock", views.unlock, name="pool.unlock"),
    path("pool/<str:pk>/claim", views.claim, name="pool.claim"),
]
