"""Finds the parts a vendor's app offers: seed, control, urls. A missing part is skipped."""

import importlib
import importlib.util
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from django.apps import apps
from django.conf import settings


@cache
def list_modules(name: str) -> list[ModuleType]:
    """Return the modules called `name` of every vendor's app that has one."""
    return [
        importlib.import_module(f"{config.name}.{name}")
        for config in apps.get_app_configs()
        if config.name != "sandbox.core" and importlib.util.find_spec(f"{config.name}.{name}")
    ]


def find_hook(vendor: str, name: str) -> Callable[..., Any] | None:
    """Return a function of a vendor's control module, or None."""
    for module in list_modules("control"):
        if module.__name__ == f"sandbox.{vendor}.control":
            return getattr(module, name, None)
    return None


def find_webhooks(vendor: str) -> ModuleType | None:
    """Return the module that sends a vendor's webhooks, or None."""
    for module in list_modules("webhooks"):
        if module.__name__ == f"sandbox.{vendor}.webhooks":
            return module
    return None


@cache
def by_port(port: str) -> str:
    """Return which vendor answers on a port; an unknown port is Xero's."""
    for vendor, address in settings.SANDBOX_ADDRESSES.items():
        if address.rpartition(":")[2] == port:
            return vendor
    return "xero"


def get_url(vendor: str) -> str:
    """Return the base address of a vendor, without a trailing slash."""
    return f"http://{settings.SANDBOX_ADDRESSES[vendor]}"
