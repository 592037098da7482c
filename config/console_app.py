"""The admin app with our site in place of the usual one; apart from the site, which needs the models to be there."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "config.console.ConsoleSite"
