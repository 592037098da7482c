"""Addresses of orders under /portal/."""

from django.urls import path

from orders.portal import desk as _desk  # noqa: F401 (puts orders on the desk)
from orders.portal import lists, views

urlpatterns = [
    path("orders/", lists.orders, name="orders"),
    path("orders/<str:order>/", views.order, name="order"),
    path("orders/<str:order>/ship/", views.ship, name="ship"),
    path("orders/<str:order>/message/", views.message, name="message"),
    path("orders/<str:order>/messages/read/", views.read_messages, name="read_messages"),
    path("orders/<str:order>/packing-slip/", views.packing_slip, name="packing_slip"),
    path("cancellations/<str:cancellation>/agree/", views.agree_cancellation, name="agree_cancellation"),
    path("cancellations/<str:cancellation>/decline/", views.decline_cancellation, name="decline_cancellation"),
]
