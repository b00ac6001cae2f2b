"""Who can be signed in as by one press: asked for by the page that offers it, in the demo alone."""

from __future__ import annotations

from django import template

from connections import demo

register = template.Library()


@register.simple_tag
def list_demo_people() -> tuple[demo.Person, ...]:
    """Return the people of the demonstration, those of a company side by side."""
    return demo.PEOPLE


@register.simple_tag
def demo_password() -> str:
    """Return the password that all of them have."""
    return demo.PASSWORD
