"""All addresses of the product. The apps know their own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from connections import account_views, assurance
from connections import views as connection_views
from invoicebridge import health, styleguide
from invoices import start_views

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.has_permission = assurance.may_use_admin  # type: ignore[method-assign]
admin.site.site_header = "InvoiceBridge"
admin.site.site_title = "InvoiceBridge"

handler500 = "invoicebridge.unavailable.server_error"
urlpatterns = [
    path("", start_views.home, name="home"),
    path("", include("connections.urls")),
    path("", include("mappings.urls")),
    path("", include("invoices.urls")),
    path("accounts/sessions/", account_views.sessions, name="account_sessions"),
    path("accounts/sessions/others/", account_views.end_other_sessions, name="end_other_sessions"),
    path("accounts/sessions/<slug:public_id>/", account_views.end_session, name="end_session"),
    path("accounts/confirm/", account_views.confirm_identity, name="confirm_identity"),
    path("accounts/confirm/sso/", account_views.confirm_by_sign_on, name="confirm_by_sign_on"),
    path(
        "accounts/pipedrive/sign-in/",
        account_views.sign_in_with_pipedrive,
        name="pipedrive_sign_in",
    ),
    path("accounts/demo/", connection_views.demo_sign_in, name="demo_sign_in"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("live", health.live, name="live"),
    path("ready", health.ready, name="ready"),
    # In development only: not there otherwise.
    path("styleguide/", styleguide.show, name="styleguide"),
]
