"""The app of preferences and links."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MappingsConfig(AppConfig):
    """Names the app in the admin."""

    name = "mappings"
    verbose_name = _("Preferences and links")
