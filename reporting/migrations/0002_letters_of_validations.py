"""A nota dinas also tells the result of a validation: what it is about is kept beside it."""

import django.db.models.deletion
from django.db import migrations, models


def learn(apps, schema_editor):
    NotaDinas = apps.get_model("reporting", "NotaDinas")
    for nota in NotaDinas.objects.select_related("worksheet__quarter"):
        quarter = nota.worksheet.quarter
        nota.unit_id, nota.about_year, nota.about_quarter = nota.worksheet.unit_id, quarter.year, quarter.number
        nota.save(update_fields=["unit", "about_year", "about_quarter"])


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial"), ("verification", "0002_kinds_of_sheets")]

    operations = [
        migrations.AddField(
            "notadinas",
            "unit",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="nota_dinas",
                to="accounts.workunit",
                verbose_name="unit kerja",
            ),
        ),
        migrations.AddField(
            "notadinas", "about_year", models.PositiveSmallIntegerField(null=True, verbose_name="tentang tahun")
        ),
        migrations.AddField(
            "notadinas",
            "about_quarter",
            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="tentang triwulan"),
        ),
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
