"""The formula editor: what is typed, tried and saved, and which figures a new formula reaches."""

from decimal import Decimal
from typing import Any

import builders
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from indicators.actions import formula as formulas
from indicators.actions.formula import Held, Stale
from indicators.formula_check import BandLine, Draft, VariableLine
from indicators.models import Achievement, Band, Cascade, Decree, Indicator, Target
from indicators.scoring import Band as PlainBand
from kinerjaku import audit
from kinerjaku.errors import DomainError
from verification.models import WorksheetRow

AT = builders.at("2026-04-12 08:00")
WHY = "Rumus di keputusan salah ketik."
DRAFT = Draft("selesai / rencana", (VariableLine(1, "selesai", "Selesai"), VariableLine(2, "rencana", "Rencana")))
BARE = Draft("selesai", (VariableLine(1, "selesai", "Selesai"),))


def seen_of(row: Achievement) -> str:
    return formulas.fingerprint(Indicator.objects.get(pk=row.indicator_id))


def changed(row: Achievement, draft: Draft = DRAFT, *, by: Any, **options: Any) -> formulas.Saved:
    options = {"seen": seen_of(row), "reason": WHY, **options}
    return formulas.save(row.indicator_id, draft, by=by, at=AT, **options)


def facts(row: Achievement) -> list[Any]:
    found = Achievement.objects.get(pk=row.pk)
    return [found.state, found.values, found.actual, found.percent, found.sent, found.version]


def typed(variables: list[dict[str, str]], bands: list[dict[str, str]] = (), **top: str) -> dict[str, str]:
    """What the browser sends."""
    data = dict(top)
    for prefix, rows in (("variabel", variables), ("rentang", bands)):
        data |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
        for place, row in enumerate(rows):
            data |= {f"{prefix}-{place}-{name}": text for name, text in row.items()}
    return data


def variable(code: str, sample: str = "", **more: str) -> dict[str, str]:
    return {"code": code, "label": code.capitalize(), "sample": sample, **more}


def band(lower: str, upper: str, **more: str) -> dict[str, str]:
    return {"lower": lower, "upper": upper, "lower_inclusive": "on", "upper_inclusive": "on", **more}


TWO = [variable("selesai", "30"), variable("rencana", "40")]


@pytest.fixture
def page(cast, row):
    """`page({...})` posts to the editor as the admin, `page()` opens it."""
    client = Client()
    client.force_login(cast.admin)

    def asked(data: dict[str, str] | None = None, path: str = "rumus/") -> Any:
        address = f"{row.indicator.get_absolute_url()}{path}"
        with builders.moment(AT):
            return client.get(address) if data is None else client.post(address, data)

    return asked


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# Which figures a new formula reaches


def test_a_draft_row_is_computed_by_the_new_formula(cast, row, save):
    save(row, by=cast.operator, selesai="90", rencana="100")
    assert changed(row, by=cast.admin).recomputed == 1
    assert Achievement.objects.get(pk=row.pk).actual == Decimal("0.9")


def test_a_sent_row_keeps_its_figures(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    before = facts(row)
    changed(row, by=cast.admin)
    assert (facts(row), before[0]) == (before, "submitted")


def test_a_verified_row_and_its_frozen_sheet_keep_their_figures(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    before, content, hash_ = facts(row), sheet.document.content, sheet.document.content_hash
    found = WorksheetRow.objects.filter(worksheet=sheet).values().get()
    changed(row, by=cast.admin)
    sheet.document.refresh_from_db()
    assert before[0] in ("submitted", "verified")
    assert facts(row) == before
    assert (sheet.document.content, sheet.document.content_hash) == (content, hash_)
    assert WorksheetRow.objects.filter(worksheet=sheet).values().get() == found


def test_a_signed_sheet_verifies_rows_that_a_new_formula_does_not_reach(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    builders.signed(sheet, by=[cast.verifier, cast.official, cast.chief])
    before = facts(row)
    changed(row, BARE, by=cast.admin)
    assert (facts(row), before[0]) == (before, "verified")


def test_the_rule_beside_the_indicator_follows(cast, row):
    bands = (BandLine(1, PlainBand(None, Decimal(1), grade="D")),)
    saved = changed(row, Draft(DRAFT.expression, DRAFT.variables, bands), by=cast.admin)
    kept = Indicator.objects.get(pk=saved.indicator.pk)
    assert (kept.expression, kept.rule.bands[0].grade) == ("selesai / rencana", "D")
    assert [one.code for one in kept.rule.inputs] == ["selesai", "rencana"]
    assert kept.rule.targets[1] == Decimal(90)


# Variables that are taken away


def test_values_of_a_variable_that_goes_are_counted_before_it_goes(cast, row, save):
    save(row, by=cast.operator, selesai="90", rencana="100")
    with pytest.raises(Held) as refused:
        changed(row, BARE, by=cast.admin)
    assert refused.value.held == {"rencana": 1}
    assert "“rencana” pada 1 baris" in refused.value.message
    assert Indicator.objects.get(pk=row.indicator_id).expression == "selesai / rencana * 100"


def test_values_of_a_variable_that_went_stay_in_their_rows_and_in_the_history(cast, row, save):
    save(row, by=cast.operator, selesai="90", rencana="100")
    changed(row, BARE, by=cast.admin, accepted="rencana:1")
    kept = Achievement.objects.get(pk=row.pk)
    assert (kept.values, kept.actual) == ({"selesai": "90", "rencana": "100"}, Decimal(90))
    assert audit.history(kept)[0].after["values"]["rencana"] == "100"


def test_values_come_back_with_their_variable(cast, row, save):
    save(row, by=cast.operator, selesai="90", rencana="100")
    changed(row, BARE, by=cast.admin, accepted="rencana:1")
    changed(row, DRAFT, by=cast.admin)
    assert Achievement.objects.get(pk=row.pk).actual == Decimal("0.9")


def test_an_acceptance_of_another_loss_is_none(cast, row, save):
    save(row, by=cast.operator, selesai="90", rencana="100")
    with pytest.raises(Held):
        changed(row, BARE, by=cast.admin, accepted="rencana:2")


def test_a_variable_without_values_goes_without_a_question(cast, row):
    changed(row, BARE, by=cast.admin)
    assert list(row.indicator.variables.values_list("code", flat=True)) == ["selesai"]


def test_two_codes_can_be_exchanged(cast, row):
    swapped = (VariableLine(1, "rencana", "Selesai"), VariableLine(2, "selesai", "Rencana"))
    changed(row, Draft("rencana / selesai", swapped), by=cast.admin)
    found = row.indicator.variables.order_by("order").values_list("code", "label")
    assert list(found) == [("rencana", "Selesai"), ("selesai", "Rencana")]


# Who, and on what


def test_only_editors_change_a_formula(cast, row):
    with pytest.raises(PermissionDenied):
        changed(row, by=cast.operator)


def test_a_change_after_enactment_needs_a_reason(cast, row):
    with pytest.raises(DomainError, match="tulis alasan perubahan") as refused:
        changed(row, by=cast.admin, reason="  ")
    assert refused.value.code == "reason_missing"


def test_a_draft_decree_asks_no_reason(cast, row):
    Decree.objects.update(state="draft")
    assert changed(row, by=cast.admin, reason="").changed


def test_the_history_has_before_after_and_the_reason(cast, row):
    changed(row, by=cast.admin)
    entry = audit.history(row.indicator)[0]
    assert (entry.verb, entry.reason) == ("ubah indikator", WHY)
    assert (entry.before["expression"], entry.after["expression"]) == ("selesai / rencana * 100", "selesai / rencana")


def test_only_how_a_variable_comes_from_children_is_a_change_too(cast, row):
    lines = (VariableLine(1, "selesai", "Selesai", from_children="sum"), VariableLine(2, "rencana", "Rencana"))
    changed(row, Draft("selesai / rencana * 100", lines), by=cast.admin)
    assert audit.history(row.indicator)[0].after["variables"][0]["from_children"] == "sum"


def test_what_is_saved_unchanged_leaves_no_entry(cast, row):
    entries = audit.history(row.indicator).count()
    same = Draft("selesai / rencana * 100", DRAFT.variables)
    assert not changed(row, same, by=cast.admin).changed
    assert audit.history(row.indicator).count() == entries


def test_a_formula_that_somebody_else_changed_is_not_overwritten(cast, row):
    seen = seen_of(row)
    changed(row, by=cast.admin)
    with pytest.raises(Stale, match="sudah diubah oleh"):
        changed(row, BARE, by=cast.admin, seen=seen)


def test_a_change_of_something_else_does_not_make_it_stale(cast, row):
    seen = seen_of(row)
    Indicator.objects.filter(pk=row.indicator_id).update(name="Nama baru")
    Target.objects.filter(indicator=row.indicator, number=1).update(value=Decimal(80))
    assert changed(row, by=cast.admin, seen=seen).changed


def test_a_faulty_draft_is_refused_by_the_action_itself(cast, row):
    with pytest.raises(DomainError, match="rumus memakai variabel yang tidak ada dalam daftar: lain") as refused:
        changed(row, Draft("selesai / lain", DRAFT.variables), by=cast.admin)
    assert refused.value.code == "faulty"


def test_components_that_lead_back_to_the_indicator_are_a_loop(cast, row):
    other = builders.indicator(cast.unit, 2)
    Cascade.objects.create(parent=row.indicator, child=other, relation="component")
    Cascade.objects.create(parent=other, child=row.indicator, relation="component")
    lines = (VariableLine(1, "selesai", "Selesai", from_children="sum"),)
    found = formulas.faults(row.indicator, Draft("selesai", lines))
    assert [one.column for one in found] == ["from_children"]
    assert "berputar (ROKEU 1 → ROKEU 2 → ROKEU 1)" in found[0].message


def test_components_that_meet_again_below_are_no_loop(cast, row):
    left, right, below = (builders.indicator(cast.unit, no) for no in (2, 3, 4))
    for parent, child in ((row.indicator, left), (row.indicator, right), (left, below), (right, below)):
        Cascade.objects.create(parent=parent, child=child, relation="component")
    lines = (VariableLine(1, "selesai", "Selesai", from_children="sum"),)
    assert formulas.faults(row.indicator, Draft("selesai", lines)) == []


# The page


def test_the_card_leads_an_editor_to_the_formula(cast, row, page):
    assert 'rumus/">Ubah rumus' in text_of(page(path=""))


def test_the_card_leads_nobody_else_there(cast, row):
    client = Client()
    client.force_login(cast.operator)
    assert "Ubah rumus" not in text_of(client.get(row.indicator.get_absolute_url()))


def test_the_page_begins_with_the_values_that_were_typed_last(cast, row, save, page):
    save(row, by=cast.operator, selesai="12.5", rencana="100")
    assert 'name="variabel-0-sample" value="12,5"' in text_of(page())


def test_the_page_begins_with_the_stored_formula_worked_out(page):
    text = text_of(page())
    assert "10 ÷ 20 = 0,5" in text
    assert "<strong>50 %</strong>" in text


def test_a_stored_formula_with_a_fault_can_be_opened_and_mended(row, page):
    Indicator.objects.filter(pk=row.indicator_id).update(expression="selesai / (lain")
    answer = page()
    assert answer.status_code == 200
    assert "belum lengkap (karakter ke-16)" in text_of(answer)
    data = typed(TWO, seen=seen_of(row), expression="selesai", reason=WHY, aksi="simpan")
    assert page(data).status_code == 302


def test_a_row_more_keeps_what_was_typed_and_checks_nothing(page):
    answer = page(typed([variable("Nilai Akhir", "abc", DELETE="on")], expression="1 +", aksi="tambah-variabel"))
    text = text_of(answer)
    assert (answer.status_code, "error-summary" in text) == (200, False)
    assert 'value="Nilai Akhir"' in text
    assert 'value="abc"' in text
    assert 'name="variabel-1-code"' in text
    assert "1 +</textarea>" in text
    assert 'name="variabel-0-DELETE" class="form-check-input" id="id_variabel-0-DELETE" checked' in text


def test_trying_shows_words_steps_and_achievement_and_saves_nothing(row, page):
    text = text_of(page(typed(TWO, expression="(selesai + 6) / rencana * 100", aksi="coba")))
    assert "(“Selesai” + 6) ÷ “Rencana” × 100" in text
    assert "(30 + 6) ÷ 40 × 100" in text
    for line in ("30 + 6 = 36", "36 ÷ 40 = 0,9", "0,9 × 100 = 90"):
        assert f'<li class="formula-line">{line}</li>' in text
    assert "<strong>90 %</strong>" in text
    assert '<th scope="row">Triwulan 4</th><td class="num">90</td><td class="num">100,00</td>' in text
    assert Indicator.objects.get(pk=row.indicator_id).expression == "selesai / rencana * 100"


def test_trying_shows_the_band_of_the_result(page):
    bands = [band("50", "100", grade="A", achievement="110"), band("0", "49", grade="B", achievement="80")]
    text = text_of(page(typed(TWO, bands, expression="selesai / rencana * 100", aksi="coba")))
    assert "<dt>Predikat</dt><dd>A</dd>" in text
    assert "<dt>Capaian menurut skala</dt><dd>110,00 %</dd>" in text
    assert "nilai lebih dari 49 kurang dari 50 masuk baris 2 (B)" in text


def test_a_score_from_outside_is_tried_without_a_formula(page):
    text = text_of(page(typed([], [band("0", "100", grade="A")], expression="", sample="70", aksi="coba")))
    assert "<strong>70 %</strong>" in text
    assert "<dt>Predikat</dt><dd>A</dd>" in text


def test_a_division_by_zero_is_said_with_its_place(page):
    text = text_of(page(typed([TWO[0], variable("rencana", "0")], expression="selesai / rencana", aksi="coba")))
    assert "Belum dapat dihitung: Pembagian dengan nol. Di sekitar: “selesai / rencana”." in text


def test_an_empty_sample_is_asked_for_by_its_row(page):
    text = text_of(page(typed([TWO[0], variable("rencana")], expression="selesai / rencana", aksi="coba")))
    assert "Isi contoh nilai untuk “Rencana” (baris 2)." in text


FAULTS = [
    (TWO, [], "selesai / rencanaa", "expression", "karakter ke-11: rumus memakai variabel yang tidak ada"),
    (TWO, [], "selesai / rencanaa", "expression", "Maksud Anda “rencana”?"),
    (TWO, [], "selesai ** 13 / rencana +", "expression", "belum lengkap (karakter ke-26)"),
    (TWO, [], "selesai × 2", "expression", "Tulis * untuk kali."),
    ([*TWO, variable("selesai")], [], "selesai", "variabel-2-code", "baris 3, kode “selesai”: sudah dipakai baris 1"),
    ([variable("Nilai Akhir")], [], "", "variabel-0-code", "baris 1, kode “Nilai Akhir”: Pakai huruf kecil"),
    ([variable("Nilai Akhir")], [], "", "variabel-0-code", "misalnya nilai_akhir."),
    ([variable("max")], [], "", "variabel-0-code", "baris 1, kode “max”: ini nama fungsi rumus"),
    ([variable("a", "1.2.3")], [], "a", "variabel-0-sample", "contoh nilai: “1.2.3” bukan angka"),
    ([{"label": "Tanpa kode"}], [], "", "variabel-0-code", "Variabel baris 1, kode: Isi kodenya"),
    ([variable("a", from_children="xxx")], [], "a", "variabel-0-from_children", "“xxx”: Pilih dari daftar."),
    (TWO, [band("80", "60")], "selesai", "rentang-0-upper", "Skala baris 1, batas atas “60”: Batas atas di bawah"),
    (TWO, [band("60", "60", upper_inclusive="")], "selesai", "rentang-0-upper", "Centang keduanya"),
    (TWO, [{"grade": "A"}], "selesai", "rentang-0-lower", "Skala baris 1, batas bawah: Isi batas bawah"),
    (TWO, [band("0", "60"), band("50", "9")], "selesai", "rentang-1-upper", "baris 2, batas atas “9”"),
    (TWO, [band("0", "60"), band("50", "99")], "selesai", "rentang-1-lower", "baris 1 (mulai 0 sampai 60) dan baris 2"),
    (TWO, [band("0", "5", achievement="9"), band("6", "7")], "", "rentang-1-achievement", "capaian (%) kosong"),
]


@pytest.mark.parametrize(("variables", "bands", "expression", "place", "words"), FAULTS)
def test_each_fault_stands_beside_what_causes_it_and_in_the_summary(page, variables, bands, expression, place, words):
    answer = page(typed(variables, bands, expression=expression, aksi="simpan"))
    text = text_of(answer)
    assert answer.status_code == 422
    summary = text.partition('class="error-summary"')[2].partition("</div>")[0]
    assert words in summary
    assert f'href="#id_{place}"' in summary
    beside = text.partition(f'id="id_{place}_error"')[2][:900]
    assert words in beside
    assert f'id_{place}_error" id="id_{place}"' in text  # aria-describedby


def test_a_row_that_is_ticked_for_deletion_is_not_checked(row, page):
    seen = seen_of(row)
    rows = [*TWO, {"code": "Salah Benar", "label": "", "DELETE": "on"}, {}]
    answer = page(typed(rows, seen=seen, expression="selesai", reason=WHY, aksi="simpan"))
    assert answer.status_code == 302
    assert row.indicator.variables.count() == 2


def test_rows_are_kept_in_the_order_that_was_asked_for(row, page):
    rows = [variable("selesai", order="2"), variable("rencana", order="1")]
    page(typed(rows, seen=seen_of(row), expression="selesai", reason=WHY, aksi="simpan"))
    assert list(row.indicator.variables.order_by("order").values_list("code", flat=True)) == ["rencana", "selesai"]


def test_saving_leads_to_the_card_with_the_new_formula(row, page):
    seen = seen_of(row)
    bands = [band("", "1.234,5", grade="A"), {"lower": "1.234,5", "upper_inclusive": "on", "grade": "B"}]
    answer = page(typed(TWO, bands, seen=seen, expression="selesai - rencana", reason=WHY, aksi="simpan"))
    assert (answer.status_code, answer.url) == (302, row.indicator.get_absolute_url())
    assert "“Selesai” − “Rencana”" in text_of(page(path=""))
    stored = Band.objects.filter(indicator=row.indicator).order_by("order").values_list("grade", "lower", "upper")
    assert list(stored) == [("A", None, Decimal("1234.5")), ("B", Decimal("1234.5"), None)]


def test_the_history_on_the_card_is_in_words(cast, row, page):
    changed(row, BARE, by=cast.admin)
    text = text_of(page(path=""))
    assert f"Alasan: {WHY}" in text
    assert "kode: selesai, label: Selesai; kode: rencana, label: Rencana" in text


def test_a_missing_reason_is_said_at_its_field_and_nothing_typed_is_lost(row, page):
    seen = seen_of(row)
    answer = page(typed(TWO, seen=seen, expression="selesai - rencana", aksi="simpan"))
    text = text_of(answer)
    assert (answer.status_code, 'href="#id_reason"' in text) == (422, True)
    assert "selesai - rencana</textarea>" in text


def test_a_draft_decree_shows_no_field_for_a_reason(page, row):
    Decree.objects.update(state="draft")
    assert 'name="reason"' not in text_of(page())


def test_an_overtaken_editor_sees_both_and_may_save_again(cast, row, page):
    data = typed(TWO, seen=seen_of(row), expression="selesai", reason=WHY, aksi="simpan")
    changed(row, by=cast.admin)
    answer = page(data)
    text = text_of(answer)
    assert answer.status_code == 409
    assert "<code>selesai / rencana</code>" in text
    assert "selesai</textarea>" in text
    again = page({**data, "seen": seen_of(row)})
    assert again.status_code == 302


def test_a_loss_of_values_is_accepted_with_a_tick(cast, row, save, page):
    save(row, by=cast.operator, selesai="90", rencana="100")
    seen = seen_of(row)
    data = typed(TWO[:1], seen=seen, expression="selesai", reason=WHY, aksi="simpan")
    answer = page(data)
    assert answer.status_code == 422
    assert 'name="accepted" value="rencana:1"' in text_of(answer)
    assert page({**data, "accepted": "rencana:1"}).status_code == 302


def test_the_script_gets_the_result_as_html_and_as_a_sentence(row, page):
    answer = page(typed(TWO, expression="selesai / rencana * 100"), path="rumus/hitung/").json()
    assert (answer["ok"], answer["said"]) == (True, "Hasil 75.")
    assert "0,75 × 100 = 75" in answer["html"]


def test_the_script_gets_faults_as_an_answer(page):
    answer = page(typed(TWO, expression="selesai / <b>"), path="rumus/hitung/").json()
    assert answer["ok"] is False
    assert answer["said"].startswith("Rumus belum benar: Rumus: Karakter '<' tidak dapat dipakai")
    assert "&lt;b&gt;" in answer["html"]


def test_a_post_without_tables_is_answered_in_words(page):
    answer = page({"aksi": "simpan"})
    assert answer.status_code == 422
    assert "Muat ulang halaman" in text_of(answer)


def test_more_rows_than_allowed_are_refused(page):
    rows = [variable(f"v{number}", "1") for number in range(61)]
    answer = page(typed(rows, expression="v1", aksi="simpan"))
    assert (answer.status_code, "Paling banyak 60 baris" in text_of(answer)) == (422, True)


def test_the_page_takes_as_many_queries_for_many_variables_as_for_few(cast, row, query_cost):
    client = Client()
    client.force_login(cast.admin)
    many = builders.indicator(cast.unit, 2, variables=tuple(f"v{n}" for n in range(20)), expression="v1")
    costs = [query_cost(client, f"{one.get_absolute_url()}rumus/") for one in (row.indicator, many)]
    assert costs[0] == costs[1]
