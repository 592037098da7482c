"""The API's addresses below its version, and an answer of its own for all others there."""

from django.urls import re_path

from disputes.api import urlpatterns as disputes
from finance.api import urlpatterns as finance
from orders.profile_api import urlpatterns as profiles
from orders.talking_api import urlpatterns as talking
from rulebook.api import own as own
from rulebook.api.problems import nothing_here
from rulebook.api.urls import urlpatterns as made
from stores.api.figures import urlpatterns as figures
from stores.api.search import urlpatterns as searching

urlpatterns = [*figures, *finance, *disputes, *profiles, *talking, *searching, *made()]
"""For `include`, under /api/v1/."""

beyond = [re_path(r"^api/v\d+(/.*)?$", nothing_here, name="api-nothing")]
"""After everything else: what leads nowhere is told in JSON, too."""
