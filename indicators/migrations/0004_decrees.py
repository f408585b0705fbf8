from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def begin_with_the_year(apps, schema_editor):
    """Until now a decree counted for its whole year."""
    for decree in apps.get_model("indicators", "Decree").objects.filter(in_force_from=None):
        decree.in_force_from = date(decree.year, 1, 1)
        decree.save(update_fields=["in_force_from"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('indicators', '0003_scoring_years'),
        ('kinerjaku', '0003_kind_decree'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField('decree', 'amends', 'amends_text'),
        migrations.AlterField(
            model_name='decree',
            name='amends_text',
            field=models.CharField(blank=True, max_length=200, verbose_name='mengubah (menurut naskah)'),
        ),
        migrations.AddField(
            model_name='decree',
            name='in_force_from',
            field=models.DateField(null=True),
        ),
        migrations.RunPython(begin_with_the_year, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='decree',
            name='in_force_from',
            field=models.DateField(blank=True, help_text='Kosong: sejak 1 Januari tahunnya. Dipakai mulai triwulan tanggal ini.', verbose_name='berlaku sejak'),
        ),
        migrations.CreateModel(
            name='DecreeSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.PositiveSmallIntegerField(choices=[(1, 'Paraf Kepala Biro Perencanaan'), (2, 'Paraf Kepala Biro Hukum'), (3, 'Tanda tangan Sekretaris Jenderal')], verbose_name='pihak')),
                ('position', models.CharField(blank=True, max_length=200, verbose_name='jabatan')),
                ('signed_at', models.DateTimeField(verbose_name='waktu')),
                ('content_hash', models.CharField(max_length=64, verbose_name='hash isi')),
            ],
            options={
                'verbose_name': 'paraf dan tanda tangan',
                'verbose_name_plural': 'paraf dan tanda tangan',
                'ordering': ['decree_id', 'party'],
            },
        ),
        migrations.AddField(
            model_name='decree',
            name='amends',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='indicators.decree', verbose_name='mengubah keputusan'),
        ),
        migrations.AddField(
            model_name='decree',
            name='decided_on',
            field=models.DateField(blank=True, null=True, verbose_name='tanggal penetapan'),
        ),
        migrations.AddField(
            model_name='decree',
            name='document',
            field=models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decree', to='kinerjaku.document', verbose_name='lampiran'),
        ),
        migrations.AddField(
            model_name='decree',
            name='enacted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ditetapkan pada'),
        ),
        migrations.AddField(
            model_name='decree',
            name='enacted_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ditetapkan oleh'),
        ),
        migrations.AddField(
            model_name='decree',
            name='revoke_reason',
            field=models.TextField(blank=True, editable=False, verbose_name='alasan pencabutan'),
        ),
        migrations.AddField(
            model_name='decree',
            name='revoked_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='dicabut pada'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='replaces',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='indicators.indicator', verbose_name='menggantikan'),
        ),
        migrations.AlterField(
            model_name='decree',
            name='number',
            field=models.CharField(blank=True, max_length=100, verbose_name='nomor'),
        ),
        migrations.AddConstraint(
            model_name='decree',
            constraint=models.CheckConstraint(condition=models.Q(('amends', None), models.Q(('amends', models.F('pk')), _negated=True), _connector='OR'), name='decree_does_not_amend_itself', violation_error_message='Keputusan tidak dapat mengubah dirinya sendiri.'),
        ),
        migrations.AddConstraint(
            model_name='decree',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'enacted')), fields=('amends',), name='decree_amended_once', violation_error_message='Keputusan itu sudah diubah keputusan lain yang berlaku.'),
        ),
        migrations.AddConstraint(
            model_name='decree',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'revoked'), _negated=True), models.Q(('revoked_at__isnull', False), models.Q(('revoke_reason', ''), _negated=True)), _connector='OR'), name='decree_revoked_with_reason', violation_error_message='Pencabutan memerlukan alasan.'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.UniqueConstraint(fields=('decree', 'replaces'), name='indicator_replaced_once_a_decree'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('replaces', None), models.Q(('replaces', models.F('pk')), _negated=True), _connector='OR'), name='indicator_does_not_replace_itself'),
        ),
        migrations.AddField(
            model_name='decreesignature',
            name='decree',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signatures', to='indicators.decree', verbose_name='keputusan'),
        ),
        migrations.AddField(
            model_name='decreesignature',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='oleh'),
        ),
        migrations.AddConstraint(
            model_name='decreesignature',
            constraint=models.UniqueConstraint(fields=('decree', 'party'), name='decree_signed_once_a_party'),
        ),
        migrations.AddConstraint(
            model_name='decreesignature',
            constraint=models.UniqueConstraint(fields=('decree', 'person'), name='decree_signed_once_a_person'),
        ),
        migrations.AddConstraint(
            model_name='decreesignature',
            constraint=models.CheckConstraint(condition=models.Q(('content_hash', ''), _negated=True), name='decree_signature_has_hash'),
        ),
    ]
