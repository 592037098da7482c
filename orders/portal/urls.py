"""Addresses of orders under /portal/."""

from django.urls import path

from orders.portal import acts, lists, messages, reviews, views
from orders.portal import desk as _desk  # noqa: F401 (puts orders on the desk)
from orders.portal.bulk import views as bulk
from orders.portal.slips import views as slips

urlpatterns = [
    path("messages/", messages.messages, name="messages"),
    path("messages/<str:thread>/", messages.thread, name="thread"),
    path("messages/files/<str:message>/<int:number>/", messages.message_file, name="message_file"),
    path("orders/", lists.orders, name="orders"),
    path("orders/views/save/", lists.save_view, name="save_order_view"),
    path("orders/views/<uuid:view>/forget/", lists.forget_view, name="forget_order_view"),
    path("orders/bulk/", bulk.start, name="bulk"),
    path("orders/bulk/waiting.csv", bulk.waiting_csv, name="bulk_waiting"),
    path("orders/bulk/<str:batch>/", bulk.batch, name="bulk_batch"),
    path("orders/bulk/<str:batch>/confirm/", bulk.confirm, name="bulk_confirm"),
    path("orders/bulk/<str:batch>/go-on/", bulk.go_on, name="bulk_go_on"),
    path("orders/bulk/<str:batch>/not-shipped.csv", bulk.rejects_csv, name="bulk_rejects"),
    path("orders/bulk/<str:batch>/packing-slips.pdf", slips.of_batch, name="bulk_slips"),
    path("orders/packing-slips/", slips.picked, name="packing_slips"),
    path("orders/<str:order>/", views.order, name="order"),
    path("orders/<str:order>/ship/", views.ship, name="ship"),
    path("orders/<str:order>/message/", views.message, name="message"),
    path("orders/<str:order>/messages/read/", views.read_messages, name="read_messages"),
    path("orders/<str:order>/packing-slip/", views.packing_slip, name="packing_slip"),
    path("orders/<str:order>/packing-slip.pdf", slips.of_order, name="packing_slip_pdf"),
    path("orders/<str:order>/review/", reviews.review_buyer, name="review_buyer"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/what-buyers-see/", reviews.profile, name="profile"),
    path("reviews/<str:review>/", reviews.review, name="review"),
    path("reviews/<str:review>/reply/", reviews.reply, name="reply_review"),
    path("reviews/<str:review>/report/", reviews.report, name="report_review"),
    path("reviews/<str:review>/photos/<str:sha256>/", reviews.review_photo, name="review_photo"),
    path("orders/<str:order>/extend-receipt/", acts.extend_receipt, name="extend_receipt"),
    path("orders/<str:order>/check-address/", acts.check_address, name="check_address"),
    path("orders/<str:order>/out-of-stock/", acts.report_shortage, name="report_shortage"),
    path("orders/<str:order>/complain/", acts.complain_carrier, name="complain_carrier"),
    path("extensions/<str:extension>/grant/", acts.grant_extension, name="grant_extension"),
    path("extensions/<str:extension>/decline/", acts.decline_extension, name="decline_extension"),
    path("cancellations/<str:cancellation>/agree/", views.agree_cancellation, name="agree_cancellation"),
    path("cancellations/<str:cancellation>/decline/", views.decline_cancellation, name="decline_cancellation"),
]
