"""Addresses of the map and of the route of a day."""

from django.urls import path

from kedang.areas.maps import views

urlpatterns = [
    path("customers/map", views.customers, name="maps.customers"),
    path("customers/map/data", views.data, name="maps.data"),
    path("customers/<str:pk>/map-card", views.card, name="maps.card"),
    path("visits/route", views.route, name="maps.route"),
    path("visits/route/order", views.order, name="maps.order"),
]
