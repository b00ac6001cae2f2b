"""A company's time zone, for people of whom Pipedrive tells none: that of who came first."""

from django.db import migrations, models


def follow_who_came_first(apps, editor):
    Company = apps.get_model("connections", "Company")
    members = apps.get_model("connections", "Membership").objects.exclude(time_zone="")
    seen = set()
    for company, zone in members.order_by("pk").values_list("company", "time_zone"):
        if company not in seen:
            seen.add(company)
            Company.objects.filter(pk=company).update(time_zone=zone)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0022_names_in_the_admin"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="time_zone",
            field=models.CharField(blank=True, max_length=64, verbose_name="time zone"),
        ),
        migrations.RunPython(follow_who_came_first, migrations.RunPython.noop),
    ]
