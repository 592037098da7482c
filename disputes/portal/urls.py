"""Addresses of disputes, returns and chargebacks under /portal/."""

from django.urls import path

from disputes.portal import acts, chargebacks, lists, statements, views
from disputes.portal import desk as _desk  # noqa: F401 (puts disputes on the desk)

urlpatterns = [
    path("disputes/", lists.disputes, name="disputes"),
    path("disputes/<str:dispute>/", views.dispute, name="dispute"),
    path("disputes/<str:dispute>/accept/", acts.accept_dispute, name="accept_dispute"),
    path("disputes/<str:dispute>/reject/", acts.reject_dispute, name="reject_dispute"),
    path("disputes/<str:dispute>/offer/", acts.make_offer, name="make_offer"),
    path("disputes/<str:dispute>/offer/take/", acts.accept_offer, name="accept_offer"),
    path("disputes/<str:dispute>/proposal/take/", acts.accept_suggestion, name="accept_suggestion"),
    path("disputes/<str:dispute>/help/", acts.cooperate, name="cooperate"),
    path("disputes/<str:dispute>/evidence/", acts.add_evidence, name="add_evidence"),
    path("disputes/<str:dispute>/evidence/<str:evidence>/", views.evidence, name="evidence"),
    path("disputes/<str:dispute>/escalate/", acts.escalate_dispute, name="escalate_dispute"),
    path("disputes/<str:dispute>/return/confirm/", acts.confirm_return, name="confirm_return"),
    path("disputes/<str:dispute>/return/contest/", acts.contest_return, name="contest_return"),
    path("disputes/<str:dispute>/statement/", statements.of_dispute, name="dispute_statement"),
    path("rulings/<str:ruling>/", statements.of_ruling, name="ruling"),
    path("rulings/<str:ruling>/appeal/", acts.appeal_ruling, name="appeal_ruling"),
    path("returns/", lists.returns, name="returns"),
    path("chargebacks/", chargebacks.chargebacks, name="chargebacks"),
    path("chargebacks/<str:chargeback>/", chargebacks.chargeback, name="chargeback"),
    path("chargebacks/<str:chargeback>/answer/", chargebacks.answer, name="answer_chargeback"),
    path("chargebacks/<str:chargeback>/fee/", chargebacks.prepay, name="prepay_fee"),
    path("chargebacks/<str:chargeback>/papers/<int:number>/", chargebacks.paper, name="chargeback_paper"),
]
