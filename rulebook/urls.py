"""The rulebook for every reader."""

from django.urls import path

from rulebook import pages

app_name = "rulebook"
urlpatterns = [
    path("", pages.rules, name="rules"),
    path("values/", pages.parameters, name="parameters"),
    path("<str:rule_id>/", pages.rule, name="rule"),
]
