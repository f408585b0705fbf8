"""Validation, report assistance and collection move their cases too: standards that are already loaded learn it."""

import json
from datetime import date
from pathlib import Path

from django.db import migrations, models

STANDARDS = Path(__file__).parents[1] / "data" / "standards.json"


def learn(apps, schema_editor):
    """Cases that are open have no sheet: they go on by hand (`turns.is_by_hand`)."""
    Standard = apps.get_model("services", "Standard")
    data = json.loads(STANDARDS.read_text(encoding="utf-8"))
    for facts in data["standards"]:
        loaded = Standard.objects.filter(key=facts["key"], valid_from=date.fromisoformat(data["valid_from"]))
        for standard in loaded:
            standard.checklist = facts.get("checklist", [])
            standard.requirements = facts["requirements"]
            standard.save(update_fields=["checklist", "requirements"])
            for order, step in enumerate(facts["steps"], 1):
                moved = {"mover": step.get("mover", "person"), "back_to": step.get("back_to")}
                standard.steps.filter(order=order).update(**moved)


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="standard",
            name="checklist",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='Butir lembar kerja pendampingan: [{"group": "Format", "text": "…"}].',
                verbose_name="daftar periksa",
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="mover",
            field=models.CharField(
                choices=[
                    ("person", "Halaman berkas"),
                    ("worksheet", "Lembar kerja"),
                    ("letter", "Nota dinas"),
                    ("round", "Pengumpulan data"),
                ],
                default="person",
                max_length=10,
                verbose_name="diselesaikan lewat",
            ),
        ),
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
