"""The sellers' door, made of what each app puts there."""

from disputes.portal.urls import urlpatterns as disputes
from finance.portal.urls import urlpatterns as finance
from orders.portal.urls import urlpatterns as orders
from stores.portal.urls import urlpatterns as stores

app_name = "portal"
urlpatterns = [*stores, *finance, *orders, *disputes]
