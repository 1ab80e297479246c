"""Addresses of figures, the month's plan, the sales task and findings."""

from django.urls import path

from kedang.areas.planning import views

urlpatterns = [
    path("plan", views.own, name="plan"),
    path("plan/of/<str:pk>", views.of_person, name="plan.of"),
    path("plan/team", views.team, name="plan.team"),
    path("plan/visits", views.visits, name="plan.visits"),
    path("plan/month", views.month, name="plan.month"),
    path("plan/sales", views.sales, name="plan.sales"),
    path("plan/sales/close", views.close_sales, name="plan.close"),
    path("plan/findings", views.findings, name="plan.findings"),
    path("plan/quotas", views.quotas, name="plan.quotas"),
]
