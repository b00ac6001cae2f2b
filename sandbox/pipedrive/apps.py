"""Registration of the pretend Pipedrive with the sandbox's Django project."""

from django.apps import AppConfig


class PipedriveConfig(AppConfig):
    """The pretend Pipedrive."""

    name = "sandbox.pipedrive"
    label = "pipedrive"
    default_auto_field = "django.db.models.BigAutoField"
