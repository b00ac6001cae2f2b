"""The preferences page."""
from django.http import HttpRequest, HttpResponse


def preferences(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


example = due_example = preferences
