"""Targets and the catalogue from files."""

from decimal import Decimal

import builders
import pytest
from builders import IN_TIME
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import importing
from accounts.models import ImportJob
from indicators.models import Achievement, Indicator
from kinerjaku import audit, sheet_writer
from kinerjaku.sheets import kind_of

State = ImportJob.State


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def bring(cast):
    def brought(kind, data, *, applies=True):
        upload = SimpleUploadedFile("berkas.csv", data if isinstance(data, bytes) else data.encode())
        job = importing.start(kind_of(kind), upload, {}, by=cast.admin, at=IN_TIME)
        importing.run(job.pk, at=IN_TIME)
        job.refresh_from_db()
        if applies and job.state == State.READY:
            importing.confirm(job.pk, digest=job.digest, by=cast.admin, at=IN_TIME)
            importing.run(job.pk, at=IN_TIME)
            job.refresh_from_db()
        return job

    return brought


TARGETS = "keputusan;unit;no;tw_1;tw_1_sampai;tw_2\n"


def test_targets_are_set_and_what_is_not_sent_is_computed_anew(cast, bring, save):
    row = builders.row(builders.indicator(cast.unit, 1))
    save(row, by=cast.operator, selesai="90", rencana="100")
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;45;;\n")
    assert (job.state, job.changed) == (State.DONE, 1)
    assert importing.details(job).changes[0].fields == [("Target TW I", "90", "45")]
    assert Achievement.objects.get(pk=row.pk).percent == 120
    targets = dict(row.indicator.targets.values_list("number", "value"))
    assert targets == {1: 45, 2: 90, 3: 90, 4: 90}
    assert audit.history(row.indicator)[0].verb == "tetapkan target"


def test_every_fault_of_targets_is_named(cast, bring):
    builders.indicator(cast.unit, 1)
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;banyak;;\nkeputusan-2026;ROKEU;9;1;;\n")
    found = importing.details(job).faults
    assert [(one.row, one.column) for one in found] == [(2, "tw_1"), (3, "no")]
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;5;4;\n")
    assert [(one.row, one.column) for one in importing.details(job).faults] == [(2, "tw_1_sampai")]


def test_targets_that_somebody_changed_since_the_preview_are_shown_anew(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;45;;\n", applies=False)
    indicator.targets.filter(number=1).update(value=Decimal(50))
    builders.catalogue.keep_rule(indicator)
    importing.confirm(job.pk, digest=job.digest, by=cast.admin, at=IN_TIME)
    importing.run(job.pk, at=IN_TIME)
    job.refresh_from_db()
    assert (job.state, job.note) == (State.READY, importing.LATER)
    assert importing.details(job).changes[0].fields == [("Target TW I", "50", "45")]
    assert indicator.targets.get(number=1).value == 50


def catalogue_file(cast, old, new):
    kind = kind_of("katalog")
    return sheet_writer.as_csv(kind.file_columns(cast.admin, {}), kind.table(cast.admin, {})).replace(old, new)


def test_the_catalogue_is_changed_with_history(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    job = bring("katalog", catalogue_file(cast, b"Indikator 1", b"Nama baru"))
    assert (job.state, importing.details(job).changes[0].fields) == (State.DONE, [("nama", "Indikator 1", "Nama baru")])
    assert Indicator.objects.get(pk=indicator.pk).name == "Nama baru"
    assert audit.history(indicator)[0].verb == "ubah indikator"


def test_checking_the_catalogue_keeps_nothing(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    bring("katalog", catalogue_file(cast, b"Indikator 1", b"Nama baru"), applies=False)
    assert Indicator.objects.get(pk=indicator.pk).name == "Indikator 1"
    job = bring("katalog", catalogue_file(cast, b"selesai / rencana", b"selesai / entah"))
    (fault,) = importing.details(job).faults
    assert (fault.row, fault.column, "variabel yang tidak ada" in fault.advice) == (2, "rumus", True)
