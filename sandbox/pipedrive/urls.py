"""The addresses of the pretend Pipedrive's port."""

from django.urls import include, path

from sandbox.invoicing import provider_api
from sandbox.pipedrive import (
    contacts,
    deal_products,
    deals,
    fields,
    frame_pages,
    hooks_api,
    legacy,
    oauth,
    pages,
    products,
    search,
)

v1 = [
    path("users/me", legacy.views["me"]),
    path("users", legacy.views["users"]),
    path("users/<int:user_id>", legacy.views["user"]),
    path("users/<int:user_id>/permissions", legacy.views["permissions"]),
    path("currencies", legacy.views["currencies"]),
    path("notes", legacy.views["notes"]),
    path("notes/<int:number>", legacy.views["note"]),
    path("webhooks", hooks_api.views["list"]),
    path("webhooks/<int:number>", hooks_api.views["one"]),
    path("invoice/user/provider", provider_api.view),
]

v2 = [
    path("deals", deals.views["list"]),
    path("deals/archived", deals.views["archived"]),
    path("deals/search", search.views["deals"]),
    path("deals/products", deal_products.views["lines_of_many"]),
    path("deals/installments", deal_products.views["installments"]),
    path("deals/<int:number>", deals.views["one"]),
    path("deals/<int:number>/products", deal_products.views["lines"]),
    path("deals/<int:number>/products/<int:line_number>", deal_products.views["line"]),
    path("deals/<int:number>/discounts", deal_products.views["discounts"]),
    path("organizations", contacts.views["organizations"]),
    path("organizations/search", search.views["organizations"]),
    path("organizations/<int:number>", contacts.views["organization"]),
    path("persons", contacts.views["persons"]),
    path("persons/search", search.views["persons"]),
    path("persons/<int:number>", contacts.views["person"]),
    path("products", products.views["list"]),
    path("products/search", search.views["products"]),
    path("products/<int:number>", products.views["one"]),
    path("products/<int:number>/variations", products.views["variations"]),
    path("itemSearch", search.views["items"]),
]
for entity, views in fields.views.items():
    v2.append(path(f"{entity}Fields", views["list"]))
    v2.append(path(f"{entity}Fields/<str:code>", views["one"]))

handler404 = pages.not_found

urlpatterns = [
    path("", pages.home),
    path("enter", pages.enter),
    path("leave", pages.leave),
    path("deal/<int:number>", pages.show_deal),
    path("deal/<int:number>/move", pages.move_deal),
    path("deal/<int:number>/merge", pages.merge_deal),
    path("deal/<int:number>/lines", pages.add_line),
    path("deal/<int:number>/lines/<int:line_number>", pages.change_line),
    path("organization/<int:number>", pages.show_organization),
    path("person/<int:number>", pages.show_person),
    path("settings/marketplace", pages.marketplace),
    path("settings/marketplace/app/<str:client_id>/app-settings", frame_pages.app_settings),
    path("frames/token", frame_pages.give_token),
    path("frames/modal", frame_pages.open_modal),
    path("frames/look", frame_pages.change_look),
    path("settings/fields", pages.data_fields),
    path("", include("sandbox.invoicing.urls")),
    path("sso/", include("sandbox.sso.urls")),
    path("oauth/authorize", oauth.authorize),
    path("oauth/token", oauth.token),
    path("oauth/revoke", oauth.revoke),
    path("api/v1/", include(v1)),
    path("v1/", include(v1)),
    path("api/v2/", include(v2)),
    path("", include("sandbox.core.urls")),
]
