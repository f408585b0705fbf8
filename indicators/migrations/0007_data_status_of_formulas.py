from django.db import migrations


def state(apps, schema_editor):
    """What has a formula is computed, what is typed is raw; where an editor has said so already, it stays."""
    silent = apps.get_model("indicators", "Indicator").objects.filter(data_status="")
    silent.filter(expression="").update(data_status="raw")
    silent.exclude(expression="").update(data_status="computed")


class Migration(migrations.Migration):
    dependencies = [("indicators", "0006_decree_asked")]

    operations = [migrations.RunPython(state, migrations.RunPython.noop)]
