"""All addresses of the product. The apps know their own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from connections import views as connection_views
from invoicebridge import health

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "InvoiceBridge"
admin.site.site_title = "InvoiceBridge"

urlpatterns = [
    path("", connection_views.home, name="home"),
    path("", include("connections.urls")),
    path("", include("mappings.urls")),
    path("", include("invoices.urls")),
    path("accounts/demo/", connection_views.demo_sign_in, name="demo_sign_in"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("live", health.live, name="live"),
    path("ready", health.ready, name="ready"),
]
