"""The provider's addresses, included by the pretend Pipedrive's port under /sso."""

from django.urls import path

from sandbox.sso import views

urlpatterns = [
    path(".well-known/openid-configuration", views.discovery),
    path("authorize", views.authorize),
    path("token", views.token),
    path("userinfo", views.userinfo),
    path("jwks", views.jwks),
]
