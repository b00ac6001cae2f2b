"""Pipedrive's consent addresses, in the places where allauth looks for them."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from connections.pipedrive.provider import PipedriveProvider

urlpatterns = default_urlpatterns(PipedriveProvider)
