"""The product's addresses, and the view that goal 16 compares a press with."""

from django.urls import include, path

from bench.presses import rows_as_json

urlpatterns = [
    path("bench/rows/", rows_as_json),
    path("", include("invoicebridge.urls")),
]
