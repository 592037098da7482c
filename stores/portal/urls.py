"""Addresses under /portal/ that every store has."""

from django.urls import path

from stores.portal import aftersale, health, penalties, ranking, settings, signing, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", signing.SignIn.as_view(), name="sign_in"),
    path("sign-out/", signing.SignOut.as_view(), name="sign_out"),
    path("you/", views.you, name="you"),
    path("you/password/", signing.ChangePassword.as_view(), name="password"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_notices, name="read_notices"),
    path("switch/<str:store>/", views.switch, name="switch"),
    path("health/", health.health, name="health"),
    path("health/<str:code>/", health.indicator, name="indicator"),
    path("health/<str:code>/orders.csv", health.indicator_csv, name="indicator_csv"),
    path("store/", views.store_page, name="store"),
    path("store/aftersale/", aftersale.aftersale, name="aftersale"),
    path("store/aftersale/join/", aftersale.join_cover, name="join_cover"),
    path("store/aftersale/leave/", aftersale.leave_cover, name="leave_cover"),
    path("store/aftersale/address/", aftersale.return_address, name="return_address"),
    path("store/penalties/", penalties.penalties, name="penalties"),
    path("store/penalties/<str:penalty>/", penalties.penalty, name="penalty"),
    path("store/penalties/<str:penalty>/appeal/", penalties.appeal_penalty, name="appeal_penalty"),
    path("store/ranking/", ranking.ranking, name="ranking"),
    path("store/delivery/", settings.settings, name="settings"),
    path("store/delivery/plus/join/", settings.join_plus, name="join_plus"),
    path("store/delivery/plus/leave/", settings.leave_plus, name="leave_plus"),
    path("store/delivery/warehouses/declare/", settings.declare_warehouse, name="declare_warehouse"),
    path("store/delivery/templates/new/", settings.new_template, name="new_template"),
    path("store/delivery/templates/<str:template>/", settings.delivery_template, name="delivery_template"),
    path("store/delivery/templates/<str:template>/retire/", settings.retire_template, name="retire_template"),
    path("store/listings/<str:listing>/template/", settings.use_template, name="use_template"),
    path("store/listings/", views.listings, name="listings"),
    path("store/listings/<str:listing>/", views.listing, name="listing"),
]
