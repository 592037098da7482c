"""All doors. `/console/` is the moderators', the API's pages are public, the probes are for the machine room."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import config.checks  # noqa: F401  # registers what /readyz asks
from config import styleguide
from config.api_urls import beyond as beyond_the_api
from config.health import healthz, readyz
from disputes.providers.webhook import urlpatterns as provider_webhooks
from orders.carriers.webhook import urlpatterns as carrier_webhooks

in_development = (
    [path("styleguide/", styleguide.page), path("console/styleguide/", admin.site.admin_view(styleguide.case))]
    if settings.DEBUG
    else []
)

urlpatterns = [
    *in_development,
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("console/", admin.site.urls),
    path("rules/", include("rulebook.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    # The split view keeps the page's script out of the page, which the content security policy asks for.
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include("config.api_urls")),
    *beyond_the_api,
    path("webhooks/", include(carrier_webhooks)),
    path("webhooks/", include(provider_webhooks)),
    path("portal/", include("config.portal")),
    path("", RedirectView.as_view(pattern_name="portal:home"), name="start"),
]
