"""The console: the one admin site, its doorkeeper, and the pages of all apps in one place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from stores.acting import moderator_of


class ConsoleSite(UnfoldAdminSite):
    """Open to staff of the platform who have a role. Every page finds the person, as an actor, on its request."""

    site_url = None
    index_template = "console/index.html"
    index_title = "Overview"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        request.actor = moderator_of(user, door="console") if user.is_authenticated else None
        return request.actor is not None

    def get_urls(self) -> list[URLPattern]:
        return [path(route, self.admin_view(view), name=name) for route, view, name in pages()] + super().get_urls()


def pages() -> list[tuple[str, Any, str]]:
    """Our own pages: address, view, name (under ``admin:``)."""
    from disputes.admin import alike, appeals, chargebacks
    from disputes.admin import views as cases
    from finance.admin import store as stores
    from orders.admin import abnormal, complaints, parcels, reviews, talking
    from orders.admin import lists as orders
    from orders.admin import page as order_page
    from rulebook.admin import bulk, clerk, desk, policy, saved, texts, worklist
    from stores.admin import countries, health, penalties, ranking, warehouses

    return [
        ("worklist/", worklist.worklist, "worklist"),
        ("worklist/next/", worklist.next_case, "next_case"),
        ("worklist/views/save/", saved.save_view, "save_view"),
        ("worklist/views/<uuid:view_id>/", saved.change_view, "change_view"),
        ("worklist/together/", bulk.bulk, "bulk"),
        ("worklist/together/done/", bulk.bulk_works, "bulk_works"),
        ("worklist/together/<uuid:work_id>/", bulk.bulk_work, "bulk_work"),
        ("worklist/together/<uuid:work_id>/go-on/", bulk.go_on, "bulk_go"),
        ("worklist/together/<slug:code>/preview/", bulk.preview, "bulk_preview"),
        ("worklist/<uuid:case_id>/desk/", desk.case_desk, "case_desk"),
        ("texts/", texts.texts, "texts"),
        ("texts/new/", texts.text, "new_text"),
        ("texts/<uuid:text_id>/", texts.text, "text"),
        ("texts/<uuid:text_id>/retire/", texts.retire, "text_retire"),
        ("cases/<str:case_id>/", cases.case, "case"),
        ("cases/<str:case_id>/rule/", cases.rule, "case_rule"),
        ("cases/<str:case_id>/approve/", cases.approve, "case_approve"),
        ("cases/<str:case_id>/act/<slug:verb>/", cases.act, "case_act"),
        ("cases/<str:case_id>/statement/", cases.statement, "case_statement"),
        ("evidence/<str:evidence_id>/", cases.evidence, "evidence"),
        ("appeals/<str:appeal_id>/", appeals.appeal, "appeal"),
        ("appeals/<str:appeal_id>/decide/", appeals.decide, "appeal_decide"),
        ("chargebacks/<str:chargeback_id>/", chargebacks.chargeback, "chargeback"),
        ("chargebacks/<str:chargeback_id>/papers/<int:number>/", chargebacks.paper, "chargeback_paper"),
        ("chargebacks/<str:chargeback_id>/<str:verb>/", chargebacks.act, "chargeback_act"),
        ("alike/", alike.alike, "alike"),
        ("alike/rulings.csv", alike.alike_csv, "alike_csv"),
        ("orders/list/", orders.orders, "orders"),
        ("orders/list/views/save/", orders.save_view, "save_order_view"),
        ("orders/list/views/<uuid:view>/forget/", orders.forget_view, "forget_order_view"),
        ("order/<str:order_id>/", order_page.order, "order"),
        ("order/<str:order_id>/act/<slug:verb>/", order_page.act, "order_act"),
        ("store/<str:store_id>/", stores.store, "store"),
        ("store/<str:store_id>/act/<slug:verb>/", stores.act, "store_act"),
        ("penalties/<str:penalty_id>/", penalties.penalty, "penalty"),
        ("penalties/<str:penalty_id>/<slug:verb>/", penalties.act, "penalty_act"),
        ("store/<str:store_id>/health/", health.health, "health"),
        ("store/<str:store_id>/health/<str:code>/", health.indicator, "indicator"),
        ("store/<str:store_id>/health/<str:code>/orders.csv", health.indicator_csv, "indicator_csv"),
        ("parcels/<str:parcel_id>/", parcels.parcel, "parcel"),
        ("parcels/<str:parcel_id>/<str:verb>/", parcels.parcel_act, "parcel_act"),
        ("countries/<str:kind>/<str:public_id>/", countries.countries, "countries"),
        ("countries/<str:kind>/<str:public_id>/<str:verb>/", countries.countries_act, "countries_act"),
        ("warehouses/<str:warehouse_id>/", warehouses.warehouse, "warehouse"),
        ("warehouses/<str:warehouse_id>/<str:verb>/", warehouses.warehouse_act, "warehouse_act"),
        ("support/", talking.support, "support"),
        ("talks/<str:talk_id>/", talking.talk, "talk"),
        ("talks/<str:talk_id>/reply/", talking.talk_reply, "talk_reply"),
        ("messages/<str:message_id>/files/<int:number>/", talking.message_file, "message_file"),
        ("messages/steering/", talking.steering, "steering"),
        ("complaints/<str:complaint_id>/", complaints.complaint, "complaint"),
        ("complaints/<str:complaint_id>/answer/", complaints.complaint_answer, "complaint_answer"),
        ("reviews/", reviews.queue, "reviews"),
        ("reviews/decide/", reviews.bulk, "reviews_bulk"),
        ("reviews/<str:review_id>/", reviews.review, "review"),
        ("reviews/<str:review_id>/photos/<str:sha256>/", reviews.photo, "review_photo"),
        ("reviews/<str:review_id>/<str:verb>/", reviews.act, "review_act"),
        ("store/<str:store_id>/profile/", reviews.profile, "profile"),
        ("order/<str:order_id>/abnormal/", abnormal.abnormal, "order_abnormal"),
        ("order/<str:order_id>/abnormal/decide/", abnormal.act, "order_abnormal_act"),
        ("search/", ranking.search, "listing_search"),
        ("search/<str:listing_id>/", ranking.listing, "listing_ranking"),
        ("search/<str:listing_id>/<str:verb>/", ranking.act, "listing_ranking_act"),
        ("deadlines/", clerk.deadlines, "deadlines"),
        ("deadlines/<uuid:deadline_id>/retry/", clerk.retry, "retry_deadline"),
        ("amendments/", policy.amendments, "amendments"),
        ("amendments/propose/", policy.propose, "propose_amendment"),
        ("amendments/<str:amendment_id>/", policy.amendment, "amendment"),
        ("amendments/<str:amendment_id>/<str:verb>/", policy.amendment_act, "amendment_act"),
    ]
