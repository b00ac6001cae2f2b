"""
Seal the secrets of second factors for their person, not for the table (reliability S-17).

What cannot be opened, because its key is gone, opened nothing before and stays as it is.
"""

from django.db import migrations

from connections import factor_keys, vault

TABLE = "mfa_authenticator:data"


def for_the_person(apps, editor):
    reseal(apps, lambda row: (TABLE, factor_keys.place_of(row.user_id)))


def for_the_table(apps, editor):
    reseal(apps, lambda row: (factor_keys.place_of(row.user_id), TABLE))


def reseal(apps, places):
    rows = apps.get_model("mfa", "Authenticator").objects
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        row = rows.select_for_update().get(pk=pk)
        before, after = places(row)
        try:
            anew = {
                each: vault.seal_at(vault.open_at(each, place=before), place=after)
                for each in factor_keys.list_secrets(row.data)
            }
        except vault.CannotOpen:
            continue
        row.data = factor_keys.replaced(row.data, anew)
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0020_limits_of_a_company"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunPython(for_the_person, for_the_table)]
