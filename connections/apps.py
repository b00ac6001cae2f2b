"""The app of companies, people and their connections, and how the settings are called."""

from constance.apps import ConstanceConfig
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectionsConfig(AppConfig):
    """Names the app in the admin."""

    default = True
    name = "connections"
    verbose_name = _("Connections")


class SettingsConfig(ConstanceConfig):
    """Constance, named as the page of the admin that it is there."""

    verbose_name = _("Settings")
