"""
Which file of Pipedrive's SDK for frames we serve, and where it lies.

The settings read this in every process; `frame_sdk`, which puts the file there, needs more.
"""

from __future__ import annotations

from pathlib import Path

VERSION = "0.15.1"
PACKAGE = f"@pipedrive/app-extensions-sdk@{VERSION}"
INTEGRITY = "sha384-szRF+blsKwxw3jA53SBYux8hXYlQNwePRAYfR0PXjlIZ8l1XMjWL4/dfH36SDTbJ"
URL = f"https://cdn.jsdelivr.net/npm/{PACKAGE}/dist/index.umd.js"
STATIC_NAME = f"vendor/app-extensions-sdk-{VERSION}.js"
TARGET = Path(__file__).resolve().parent.parent / "static" / STATIC_NAME
