"""Addresses of the insight pages."""

from django.urls import path
from django.views.generic import RedirectView

from kedang.insight import views

urlpatterns = [
    path("insight", RedirectView.as_view(pattern_name="insight.rfm"), name="insight"),
    path("insight/rfm", RedirectView.as_view(pattern_name="insight.rfm", query_string=True)),
    path("insight/rfm/", views.rfm, name="insight.rfm"),
    path("insight/rfm/compute", views.compute, name="insight.compute"),
    path("insight/rfm/<slug:type_key>/", views.rfm_type, name="insight.rfm_type"),
]
