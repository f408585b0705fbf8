"""Targets and the catalogue from files."""

from decimal import Decimal

import builders
import pytest
import tablib
from builders import IN_TIME
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import importing
from accounts.models import ImportJob
from indicators.actions import targets
from indicators.models import Achievement, Decree, Indicator
from indicators.resources import IndicatorResource
from kinerjaku import audit, sheet_writer
from kinerjaku.models import AuditEntry
from kinerjaku.sheets import kind_of

State = ImportJob.State


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def bring(cast):
    def brought(kind, data, *, applies=True, reason="Ralat", by=None, name="berkas.csv"):
        upload = SimpleUploadedFile(name, data if isinstance(data, bytes) else data.encode())
        options = {"reason": reason} if reason else {}
        job = importing.start(kind_of(kind), upload, options, by=by or cast.admin, at=IN_TIME)
        importing.run(job.pk, at=IN_TIME)
        job.refresh_from_db()
        if applies and job.state == State.READY and job.changed:
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
    assert importing.details(job).changes[0].fields == [("Target Triwulan I", "90", "45")]
    assert Achievement.objects.get(pk=row.pk).percent == 120
    kept = dict(row.indicator.targets.values_list("number", "value"))
    assert kept == {1: 45, 2: 90, 3: 90, 4: 90}
    entry = audit.history(row.indicator)[0]
    assert (entry.verb, entry.reason, entry.before["Triwulan I"], entry.after["Triwulan I"]) == (
        "tetapkan target",
        "Ralat",
        "90",
        "45",
    )


def test_targets_of_an_enacted_decree_ask_for_a_reason(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;45;;\n", reason="")
    (fault,) = importing.details(job).faults
    assert (fault.row, "tulis alasan perubahan" in fault.advice) == (2, True)
    assert indicator.targets.get(number=1).value == 90


def test_the_target_of_the_year_has_to_agree_with_its_quarters(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    data = "keputusan;unit;no;setahun\nkeputusan-2026;ROKEU;1;{}\n"
    (fault,) = importing.details(bring("target", data.format("95"))).faults
    assert (fault.row, fault.column) == (2, "setahun")
    assert "Target setahun 95 tidak sama dengan nilai posisi akhir triwulannya, 90." in fault.advice
    assert bring("target", data.format("90")).state == State.DONE
    assert indicator.targets.get(number=0).value == 90


def test_a_unit_brings_targets_of_its_own_draft_only(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    row = "keputusan-2026;ROKEU;1;45;;\n"
    (fault,) = importing.details(bring("target", TARGETS + row, by=cast.operator)).faults
    assert "Minta Admin mengubah target ini dengan alasan." in fault.advice
    (fault,) = importing.details(bring("target", TARGETS + row, by=cast.stranger)).faults
    assert "Indikator ini tidak ditemukan." in fault.advice
    Decree.objects.update(state=Decree.State.DRAFT)
    assert bring("target", TARGETS + row, by=cast.operator, reason="").state == State.DONE
    assert indicator.targets.get(number=1).value == 45


def test_every_fault_of_targets_is_named(cast, bring):
    builders.indicator(cast.unit, 1)
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;banyak;;\nkeputusan-2026;ROKEU;9;1;;\n")
    found = importing.details(job).faults
    assert [(one.row, one.column) for one in found] == [(2, "tw_1"), (3, "no")]
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;5;4;\n")
    assert [(one.row, one.column) for one in importing.details(job).faults] == [(2, "tw_1")]


def test_targets_that_somebody_changed_since_the_preview_are_shown_anew(cast, bring):
    indicator = builders.indicator(cast.unit, 1)
    job = bring("target", TARGETS + "keputusan-2026;ROKEU;1;45;;\n", applies=False)
    indicator.targets.filter(number=1).update(value=Decimal(50))
    builders.catalogue.keep_rule(indicator)
    importing.confirm(job.pk, digest=job.digest, by=cast.admin, at=IN_TIME)
    importing.run(job.pk, at=IN_TIME)
    job.refresh_from_db()
    assert (job.state, job.note) == (State.READY, importing.LATER)
    assert importing.details(job).changes[0].fields == [("Target Triwulan I", "50", "45")]
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


def stored(cast, wanted="csv"):
    kind = kind_of("katalog")
    columns, rows = kind.file_columns(cast.admin, {}), kind.table(cast.admin, {})
    if wanted == "csv":
        return sheet_writer.as_csv(columns, rows)
    return sheet_writer.xlsx(kind.sheet_name, columns, rows)


def changed(cast, **cells):
    """The exported file with some cells of its first row written over."""
    data = tablib.Dataset().load(stored(cast).decode("utf-8-sig"), format="csv", delimiter=";")
    row = [cells.get(title, value) for title, value in zip(data.headers, data[0], strict=True)]
    made = tablib.Dataset(row, *data[1:], headers=data.headers)
    return made.export("csv", delimiter=";").encode()


@pytest.mark.parametrize("wanted", ["csv", "xlsx"])
def test_the_whole_catalogue_exported_and_imported_changes_nothing(cast, bring, wanted):
    builders.catalogue.load(at=IN_TIME)
    first = Decree.objects.get(key="setjen-2021-perubahan").indicators.first()
    targets.set_target(first, 1, value=Decimal("12.5"), high=Decimal(20), by=None, at=IN_TIME)
    entries = AuditEntry.objects.filter(target_type="indicators.indicator").count()
    job = bring("katalog", stored(cast, wanted), name=f"berkas.{wanted}")
    assert (job.state, job.changed, job.unchanged) == (State.READY, 0, 110)
    assert AuditEntry.objects.filter(target_type="indicators.indicator").count() == entries


def test_a_change_comes_with_its_parts_and_its_history(cast, bring):
    builders.indicator(cast.unit)
    data = changed(cast, nama="Nama dari berkas", batas_capaian="110,5", target="TW I: 80 s.d. 95")
    assert bring("katalog", data).state == State.DONE
    saved = Indicator.objects.get()
    assert (saved.name, saved.cap) == ("Nama dari berkas", Decimal("110.5"))
    assert [(t.number, t.value, t.high) for t in saved.targets.all()] == [(1, Decimal(80), Decimal(95))]
    entry = audit.history(saved)[0]
    assert (entry.by, entry.before["name"], entry.after["name"], entry.reason) == (
        cast.admin,
        "Indikator 1",
        "Nama dari berkas",
        "Ralat",
    )


def test_a_new_indicator_comes_with_its_variables_and_scale(cast, bring):
    builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    data = changed(
        cast,
        no="2",
        nama="Indikator baru",
        rumus="lulus / peserta * 100",
        variabel="lulus | Peserta lulus | orang\npeserta | Seluruh peserta | orang | 0,5",
        rentang="(50; 100] | A | Baik\n[0; 50] | D | Kurang",
    )
    bring("katalog", data)
    made = Indicator.objects.get(no=2)
    assert [(v.code, v.label, v.measure, v.weight) for v in made.variables.all()] == [
        ("lulus", "Peserta lulus", "orang", None),
        ("peserta", "Seluruh peserta", "orang", Decimal("0.5")),
    ]
    assert [(b.lower, b.lower_inclusive, b.grade) for b in made.bands.all()] == [
        (Decimal(50), False, "A"),
        (Decimal(0), True, "D"),
    ]
    assert made.rule == builders.catalogue.keep_rule(made)


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"batas_capaian": "seratus"}, "batas_capaian", "“seratus” bukan angka"),
        ({"batas_capaian": "1,234.5"}, "batas_capaian", "Maksud Anda 1234,5?"),
        ({"polarisasi": "naik"}, "polarisasi", "Tulis salah satu: Maksimalkan"),
        ({"nama": ""}, "nama", "tidak boleh kosong"),
        ({"nama": "a" * 401}, "nama", "400 karakter"),
        ({"sasaran": "9"}, "sasaran", "Sasaran nomor “9” tidak ada"),
        ({"rumus": "selesai / lain"}, "rumus", "variabel yang tidak ada dalam daftar: lain"),
        ({"rumus": "import os"}, "rumus", "tidak dapat dipakai sebagai variabel"),
        ({"variabel": "Selesai"}, "variabel", "tulis kode | label"),
        ({"variabel": "Selesai! | Selesai"}, "variabel", "Selesai"),
        ({"rentang": "90-100 A"}, "rentang", "tulis misalnya (90; 100]"),
        ({"rentang": "[0; 60]\n[50; 100]"}, "rumus", "Dua rentang bertumpuk"),
        ({"target": "TW I: 90 s.d. 80"}, "target", "tidak kurang dari batas bawahnya"),
        ({"target": "90"}, "target", "tulis misalnya TW I: 90"),
        ({"penanggung_jawab": "TIDAKADA"}, "penanggung_jawab", "Unit tidak ada: TIDAKADA"),
    ],
)
def test_a_row_that_is_wrong_names_its_column_and_nothing_is_saved(cast, bring, cells, column, words):
    builders.indicator(cast.unit)
    job = bring("katalog", changed(cast, **{"nama": "Nama dari berkas", **cells}))
    assert job.state == State.FAULTY
    found = {one.column: one.advice for one in importing.details(job).faults}
    assert words in found[column]
    assert Indicator.objects.get().name == "Indikator 1"


def test_one_wrong_row_keeps_the_others_out(cast, bring):
    builders.indicator(cast.unit)
    builders.indicator(cast.unit, 2)
    data = changed(cast, nama="Nama baru").decode().replace("Indikator 2", "").encode()
    assert bring("katalog", data).state == State.FAULTY
    assert set(Indicator.objects.values_list("name", flat=True)) == {"Indikator 1", "Indikator 2"}


def test_what_became_wrong_after_the_preview_is_not_saved(cast, bring):
    indicator = builders.indicator(cast.unit)
    job = bring("katalog", changed(cast, nama="Nama dari berkas"), applies=False)
    indicator.objective.no = 7
    indicator.objective.save()
    importing.confirm(job.pk, digest=job.digest, by=cast.admin, at=IN_TIME)
    importing.run(job.pk, at=IN_TIME)
    job.refresh_from_db()
    assert job.state == State.FAULTY
    assert Indicator.objects.get().name == "Indikator 1"


def test_text_that_a_spreadsheet_would_run_is_neutralised_and_comes_back(cast, bring):
    builders.indicator(cast.unit, name="=HYPERLINK(1)", definition="-1 dari semua")
    content = stored(cast)
    assert b"'=HYPERLINK(1)" in content
    assert b"'-1 dari semua" in content
    assert bring("katalog", content).unchanged == 1


def test_the_columns_of_the_resource_are_what_it_declares():
    assert set(IndicatorResource.fields) == set(IndicatorResource._meta.fields)
