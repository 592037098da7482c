"""Addresses of money under /portal/."""

from django.urls import path

from finance.portal import desk as _desk  # noqa: F401 (puts money on the desk)
from finance.portal import views

urlpatterns = [
    path("balance/", views.balance, name="balance"),
    path("balance/deposit/", views.deposit, name="deposit"),
    path("statement/", views.statement, name="statement"),
    path("statement.csv", views.statement_csv, name="statement_csv"),
    path("withdrawals/", views.withdrawals, name="withdrawals"),
    path("withdrawals/<str:withdrawal>/", views.withdrawal, name="withdrawal"),
    path("stores/<str:store>/withdraw/<str:currency>/", views.withdraw, name="withdraw"),
    path("stores/<str:store>/deposit/", views.pay_deposit, name="pay_deposit"),
]
