"""Addresses of disputes under /portal/."""

from django.urls import path

from disputes.portal import desk as _desk  # noqa: F401 (puts disputes on the desk)
from disputes.portal import views

urlpatterns = [
    path("disputes/", views.disputes, name="disputes"),
    path("disputes/<str:dispute>/", views.dispute, name="dispute"),
    path("disputes/<str:dispute>/accept/", views.accept_dispute, name="accept_dispute"),
    path("disputes/<str:dispute>/reject/", views.reject_dispute, name="reject_dispute"),
    path("disputes/<str:dispute>/offer/", views.make_offer, name="make_offer"),
    path("disputes/<str:dispute>/evidence/", views.add_evidence, name="add_evidence"),
    path("disputes/<str:dispute>/evidence/<str:evidence>/", views.evidence, name="evidence"),
    path("disputes/<str:dispute>/escalate/", views.escalate_dispute, name="escalate_dispute"),
]
