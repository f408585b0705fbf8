"""The catalogue in the admin: editing with history, import and export; and what the admin cannot do."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import builders
import openpyxl
import pytest
import tablib
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from indicators.actions import catalogue
from indicators.models import Achievement, Decree, Extension, Indicator, Quarter
from indicators.resources import IndicatorResource
from kinerjaku import audit
from kinerjaku.models import AuditEntry

LIST = "/admin/indicators/indicator/"
CSV_FORMAT, XLSX_FORMAT = "1", "0"


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(builders.IN_TIME):
        yield


@pytest.fixture
def admin(cast, as_user):
    return as_user(cast.admin)


@pytest.fixture
def indicator(cast):
    return builders.indicator(cast.unit)


def form_of(indicator, **changes):
    """Everything the change form would send."""
    plain = (
        "name",
        "measure",
        "definition",
        "method",
        "expression",
        "polarity",
        "cap",
        "consolidation",
        "validity",
        "period",
    )
    data = {name: getattr(indicator, name) for name in (*plain, "no", "period_hint", "source")}
    data |= {
        "decree": indicator.decree_id,
        "unit": indicator.unit_id,
        "objective": indicator.objective_id,
        "worst": "",
    }
    for prefix, related in (
        ("variables", indicator.variables.all()),
        ("bands", []),
        ("targets", indicator.targets.all()),
    ):
        data |= {f"{prefix}-TOTAL_FORMS": len(related), f"{prefix}-INITIAL_FORMS": len(related)}
        for place, part in enumerate(related):
            shown = {"id": part.pk, "indicator": indicator.pk, "weight": "", "high": ""}
            for name in ("order", "code", "label", "measure", "number", "value"):
                if hasattr(part, name):
                    shown[name] = getattr(part, name)
            data |= {f"{prefix}-{place}-{name}": value for name, value in shown.items()}
    return data | changes


def change(admin, indicator, **changes):
    return admin.post(f"{LIST}{indicator.pk}/change/", form_of(indicator, **changes))


def test_an_edit_is_kept_with_its_history(cast, admin, indicator):
    assert change(admin, indicator, name="Nama baru").status_code == 302
    entry = audit.history(indicator)[0]
    assert (entry.by, entry.verb) == (cast.admin, "ubah indikator")
    assert (entry.before["name"], entry.after["name"]) == ("Indikator 1", "Nama baru")


def test_an_edited_target_computes_open_rows_anew(cast, admin, indicator, save):
    row = builders.row(indicator)
    save(row, by=cast.operator, selesai="90", rencana="100")
    assert change(admin, indicator, **{"targets-0-value": "100"}).status_code == 302
    assert Achievement.objects.get(pk=row.pk).percent == Decimal(90)
    assert audit.history(indicator)[0].after["targets"][0]["value"] == "100"


def test_figures_are_written_in_the_admin_as_everywhere_else(admin, indicator):
    assert change(admin, indicator, cap="1.110,5").status_code == 302
    assert Indicator.objects.get().cap == Decimal("1110.5")
    assert 'value="1.110,5"' in admin.get(f"{LIST}{indicator.pk}/change/").content.decode()


def test_nothing_changed_leaves_no_history(admin, indicator):
    assert change(admin, indicator).status_code == 302
    assert not audit.history(indicator).exists()


def test_a_formula_with_an_unknown_variable_comes_back_and_nothing_is_saved(admin, indicator):
    answer = change(admin, indicator, expression="selesai / seluruhnya", name="Nama baru")
    assert answer.status_code == 200
    assert "variabel yang tidak ada dalam daftar: seluruhnya" in answer.content.decode()
    assert Indicator.objects.get().name == "Indikator 1"


def test_the_defects_of_the_source_stand_at_the_top_of_the_form(admin, cast):
    indicator = builders.indicator(cast.unit, source_issues=["Skala di naskah berlubang."])
    assert "Skala di naskah berlubang." in admin.get(f"{LIST}{indicator.pk}/change/").content.decode()


def test_a_decree_is_edited_with_history(cast, admin, indicator):
    decree = indicator.decree
    data = {
        "key": decree.key,
        "number": "12/KEP-SJ/2026",
        "title": decree.title,
        "year": 2026,
        "state": "enacted",
    }
    data |= {"legal_basis": "[]", "amends": ""}
    assert admin.post(f"/admin/indicators/decree/{decree.pk}/change/", data).status_code == 302
    assert audit.history(decree)[0].after["number"] == "12/KEP-SJ/2026"


def test_a_decree_is_not_enacted_by_the_form(cast, admin):
    decree = builders.decree(2027, state="draft")
    data = {"key": decree.key, "number": "1", "title": "Judul", "year": 2027, "state": "enacted", "legal_basis": "[]"}
    admin.post(f"/admin/indicators/decree/{decree.pk}/change/", data)
    assert Decree.objects.get(pk=decree.pk).state == "draft"


@pytest.mark.parametrize("person", ["operator", "karoren", "verifier"])
def test_only_admins_enter(cast, as_user, indicator, person):
    client = as_user(getattr(cast, person))
    for address in (LIST, f"{LIST}{indicator.pk}/change/", f"{LIST}import/", f"{LIST}export/"):
        assert client.get(address).status_code == 403, address


@pytest.mark.parametrize("model", ["quarter", "extension", "achievement", "evidence", "submission"])
def test_the_deadline_cannot_be_got_round_by_the_admin(cast, admin, model):
    builders.submitted(cast.unit, by=cast.operator, in_quarter=builders.row(builders.indicator(cast.unit)).quarter)
    Extension.objects.create(
        quarter=Quarter.objects.get(),
        unit=cast.unit,
        until=builders.at("2026-05-01 00:00"),
        reason="Server rusak.",
        reference_number="B.1",
        granted_by=cast.karoren,
        granted_at=builders.IN_TIME,
    )
    row = apps.get_model("indicators", model).objects.get()
    before = audit.snapshot(row)
    base = f"/admin/indicators/{model}/"
    assert admin.get(base).status_code == 200
    assert admin.get(f"{base}{row.pk}/change/").status_code == 200
    assert admin.get(f"{base}add/").status_code == 403
    assert admin.post(f"{base}{row.pk}/change/", {"state": "draft"}).status_code == 403
    assert admin.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert audit.snapshot(row) == before


# Import and export


def export(admin, wanted=CSV_FORMAT):
    answer = admin.post(f"{LIST}export/", {"format": wanted, "resource": "0"})
    assert answer.status_code == 200
    return answer.content


def upload(admin, content, wanted=CSV_FORMAT):
    name = "indikator.csv" if wanted == CSV_FORMAT else "indikator.xlsx"
    return admin.post(
        f"{LIST}import/",
        {"format": wanted, "resource": "0", "import_file": SimpleUploadedFile(name, content)},
    )


def confirm(admin, preview):
    return admin.post(f"{LIST}process_import/", preview.context["confirm_form"].initial, follow=True)


def table(content):
    return tablib.Dataset().load(content.decode("utf-8-sig"), format="csv")


def changed(content, **cells):
    """The exported file with some cells of its first row written over."""
    data = table(content)
    row = [cells.get(title, value) for title, value in zip(data.headers, data[0], strict=True)]
    return tablib.Dataset(row, *data[1:], headers=data.headers).export("csv").encode()


@pytest.mark.parametrize("wanted", [CSV_FORMAT, XLSX_FORMAT])
def test_the_whole_catalogue_exported_and_imported_changes_nothing(cast, admin, wanted):
    catalogue.load(at=builders.IN_TIME)
    real = Decree.objects.get(key="setjen-2021-perubahan")
    first = real.indicators.first()
    catalogue.set_target(first, 1, value=Decimal("12.5"), high=Decimal(20), by=cast.admin, at=builders.IN_TIME)
    entries = AuditEntry.objects.count()
    preview = upload(admin, export(admin, wanted), wanted)
    assert preview.context["result"].totals["skip"] == 110
    assert preview.context["result"].totals["update"] == 0
    confirm(admin, preview)
    assert AuditEntry.objects.count() == entries


def test_the_preview_writes_nothing_and_the_confirmation_everything_with_history(cast, admin, indicator):
    preview = upload(
        admin,
        changed(export(admin), nama="Nama dari berkas", batas_capaian="110,5", target="TW I: 80 s.d. 95"),
    )
    assert Indicator.objects.get().name == "Indikator 1"
    assert "Impor selesai: 0 indikator baru, 1 diubah, 0 tetap." in confirm(admin, preview).content.decode()
    saved = Indicator.objects.get()
    assert (saved.name, saved.cap) == ("Nama dari berkas", Decimal("110.5"))
    assert [(t.number, t.value, t.high) for t in saved.targets.all()] == [(1, Decimal(80), Decimal(95))]
    entry = audit.history(saved)[0]
    assert (entry.by, entry.before["name"], entry.after["name"]) == (
        cast.admin,
        "Indikator 1",
        "Nama dari berkas",
    )


def test_a_new_indicator_comes_with_its_variables_and_scale(admin, indicator):
    content = changed(
        export(admin),
        no="2",
        nama="Indikator baru",
        rumus="lulus / peserta * 100",
        variabel="lulus | Peserta lulus | orang\npeserta | Seluruh peserta | orang | 0,5",
        rentang="(50; 100] | A | Baik\n[0; 50] | D | Kurang",
    )
    confirm(admin, upload(admin, content))
    made = Indicator.objects.get(no=2)
    assert [(v.code, v.label, v.measure, v.weight) for v in made.variables.all()] == [
        ("lulus", "Peserta lulus", "orang", None),
        ("peserta", "Seluruh peserta", "orang", Decimal("0.5")),
    ]
    assert [(b.lower, b.lower_inclusive, b.grade) for b in made.bands.all()] == [
        (Decimal(50), False, "A"),
        (Decimal(0), True, "D"),
    ]
    assert made.rule == catalogue.keep_rule(made)


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
        ({"target": "90"}, "target", "tulis misalnya TW I: 90"),
        ({"target": "TW I: 90 s.d. 80"}, "target", "tidak kurang dari batas bawahnya"),
        ({"penanggung_jawab": "TIDAKADA"}, "penanggung_jawab", "Unit tidak ada: TIDAKADA"),
    ],
)
def test_a_row_that_is_wrong_names_its_column_and_nothing_is_saved(admin, indicator, cells, column, words):
    preview = upload(admin, changed(export(admin), nama=cells.pop("nama", "Nama dari berkas"), **cells))
    assert "confirm_form" not in preview.context
    (invalid,) = preview.context["result"].invalid_rows
    assert words in " ".join(invalid.field_specific_errors[column])
    assert Indicator.objects.get().name == "Indikator 1"


@pytest.mark.parametrize("column", ["keputusan", "unit"])
def test_a_row_of_an_unknown_decree_or_unit_is_refused(admin, indicator, column):
    preview = upload(admin, changed(export(admin), **{column: "tidak-ada"}))
    assert "“tidak-ada” tidak ada." in preview.content.decode()
    assert Indicator.objects.count() == 1


def test_a_file_without_a_column_says_which(admin, indicator):
    data = table(export(admin))
    del data["rumus"]
    assert "Kolom tidak ada: rumus." in upload(admin, data.export("csv").encode()).content.decode()


def test_all_rows_or_none(cast, admin, indicator):
    builders.indicator(cast.unit, 2)
    data = table(export(admin))
    names = ["Nama baru", "Nama lain"]
    caps = ["110", "banyak"]
    rows = [
        [
            {"nama": names[n], "batas_capaian": caps[n]}.get(title, value)
            for title, value in zip(data.headers, row, strict=True)
        ]
        for n, row in enumerate(data)
    ]
    upload(admin, tablib.Dataset(*rows, headers=data.headers).export("csv").encode())
    assert set(Indicator.objects.values_list("name", flat=True)) == {"Indikator 1", "Indikator 2"}


def test_what_became_wrong_after_the_preview_is_not_saved(admin, indicator):
    preview = upload(admin, changed(export(admin), nama="Nama dari berkas"))
    indicator.objective.no = 7
    indicator.objective.save()
    assert "Impor dibatalkan" in confirm(admin, preview).content.decode()
    assert Indicator.objects.get().name == "Indikator 1"


def test_text_that_a_spreadsheet_would_run_is_neutralised_and_comes_back(admin, cast):
    builders.indicator(cast.unit, name="=HYPERLINK(1)", definition="-1 dari semua")
    content = export(admin)
    assert (table(content)["nama"], table(content)["definisi"]) == (["'=HYPERLINK(1)"], ["'-1 dari semua"])
    assert upload(admin, content).context["result"].totals["skip"] == 1


def test_a_number_cell_of_a_spreadsheet_is_read_as_it_is(cast, admin, indicator):
    book = openpyxl.load_workbook(BytesIO(export(admin, XLSX_FORMAT)))
    titles = [cell.value for cell in book.active[1]]
    book.active.cell(2, titles.index("batas_capaian") + 1).value = 112.5
    buffer = BytesIO()
    book.save(buffer)
    confirm(admin, upload(admin, buffer.getvalue(), XLSX_FORMAT))
    assert Indicator.objects.get().cap == Decimal("112.5")


def test_a_file_that_is_no_table_is_refused(admin, indicator):
    preview = upload(admin, b"PK\x03\x04 bukan", XLSX_FORMAT)
    assert "Berkas tidak dapat dibaca" in preview.content.decode()


def test_the_columns_of_the_resource_are_what_it_declares():
    declared = set(IndicatorResource.fields)
    assert declared == set(IndicatorResource._meta.fields)
    assert reverse("admin:indicators_indicator_import") == f"{LIST}import/"


def test_when_a_decree_counts_is_fixed_once_it_is_enacted(cast, admin, indicator):
    decree = indicator.decree
    data = {"key": decree.key, "number": "1", "title": "Judul", "year": 2026, "legal_basis": "[]"}
    admin.post(f"/admin/indicators/decree/{decree.pk}/change/", data | {"in_force_from": "01-10-2026"})
    assert Decree.objects.get(pk=decree.pk).in_force_from == date(2026, 1, 1)


def test_a_decree_of_another_year_is_not_amended(cast, admin, indicator):
    draft = builders.decree(2027, state="draft")
    data = {"key": draft.key, "number": "1", "title": "Judul", "year": 2027, "legal_basis": "[]"}
    data |= {"amends": indicator.decree_id, "in_force_from": "01-07-2027"}
    answer = admin.post(f"/admin/indicators/decree/{draft.pk}/change/", data)
    assert "Untuk tahun lain, salin keputusannya." in answer.content.decode()
