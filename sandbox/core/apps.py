"""App configuration of the sandbox's shared part."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Clock, switches, faults, traffic and control calls."""

    name = "sandbox.core"
    label = "core"
