"""The catalogue in the admin: editing with history, and what the admin cannot do."""

from datetime import date
from decimal import Decimal

import builders
import pytest
from django.apps import apps

from indicators.models import Achievement, Decree, Extension, Indicator, Quarter
from kinerjaku import audit

LIST = "/admin/indicators/indicator/"


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
        "reason": "Salah ketik",
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


def test_a_change_of_what_was_decided_asks_for_its_reason(cast, admin, indicator):
    answer = change(admin, indicator, name="Nama baru", reason="")
    assert "Keputusan sudah ditetapkan: tulis alasan perubahan." in answer.content.decode()
    assert Indicator.objects.get().name == "Indikator 1"
    change(admin, indicator, name="Nama baru")
    assert audit.history(indicator)[0].reason == "Salah ketik"


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
    data |= {"legal_basis": "[]", "amends": "", "reason": "Nomor baru diberikan"}
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
