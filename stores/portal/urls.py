"""Addresses under /portal/ that every store has."""

from django.urls import path

from stores.portal import signing, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", signing.SignIn.as_view(), name="sign_in"),
    path("sign-out/", signing.SignOut.as_view(), name="sign_out"),
    path("you/", views.you, name="you"),
    path("you/password/", signing.ChangePassword.as_view(), name="password"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_notices, name="read_notices"),
    path("switch/<str:store>/", views.switch, name="switch"),
    path("store/", views.store_page, name="store"),
    path("store/listings/", views.listings, name="listings"),
    path("store/listings/<str:listing>/", views.listing, name="listing"),
]
