"""Addresses of the pool."""

from django.urls import path

from kedang.areas.pool import rule_views, views

urlpatterns = [
    path("pool", views.page, name="pool"),
    path("pool/soon", views.soon, name="pool.soon"),
    path("pool/runs", views.runs, name="pool.runs"),
    path("pool/runs/start", views.start, name="pool.start"),
    path("pool/runs/<str:pk>", views.run, name="pool.run"),
    path("pool/runs/<str:pk>/undo", views.undo, name="pool.undo"),
    path("pool/<str:pk>/unlock", views.unlock, name="pool.unlock"),
    path("pool/<str:pk>/claim", views.claim, name="pool.claim"),
    path("pool/rules", rule_views.pools, name="pool.pools"),
    path("pool/rules/new", rule_views.edit, name="pool.new"),
    path("pool/rules/<str:pk>", rule_views.edit, name="pool.edit"),
    path("pool/rules/<str:pk>/rule", rule_views.rule, name="pool.rule"),
    path("pool/rules/<str:pk>/proposals/<str:made>", rule_views.proposal, name="pool.proposal"),
    path("pool/rules/<str:pk>/proposals/<str:made>/use", rule_views.use, name="pool.use"),
]
