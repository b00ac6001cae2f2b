"""Registration of the sign-on with the sandbox's Django project."""

from django.apps import AppConfig


class SsoConfig(AppConfig):
    """The pretend single sign-on."""

    name = "sandbox.sso"
    label = "sso"
    default_auto_field = "django.db.models.BigAutoField"
