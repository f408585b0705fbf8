"""The card of an indicator: changing it, its slots, earlier years, and what decrees and files carry of it."""

from datetime import date
from decimal import Decimal

import builders
import pytest
from builders import IN_TIME
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from accounts import importing
from accounts.models import ImportJob
from accounts.roles import Role
from indicators.actions import catalogue, decree_copy, targets
from indicators.actions.card import Slot, create_card, edit_card, fingerprint
from indicators.card import cards_of, with_parts
from indicators.cells import read_slots, write_slots
from indicators.decree_content import content_of, facts_of
from indicators.models import Achievement, Cascade, Decree, Evidence, EvidenceSlot, Indicator, Objective
from kinerjaku import audit, documents, sheet_writer
from kinerjaku.errors import DomainError
from kinerjaku.sheets import kind_of


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def draft(db) -> Decree:
    return builders.decree(2026, state="draft")


@pytest.fixture
def indicator(cast, draft) -> Indicator:
    return builders.indicator(cast.unit, decree=draft)


@pytest.fixture
def edit(cast):
    def edited(of: Indicator, *, reason: str = "", seen: str | None = None, **changes) -> Indicator:
        return edit_card(of.pk, changes, by=cast.admin, at=IN_TIME, reason=reason, seen=seen)

    return edited


def slots_of(indicator):
    return list(indicator.evidence_slots.order_by("order").values_list("name", "is_required"))


def card(indicator, user):
    return cards_of(list(with_parts(Indicator.objects.filter(pk=indicator.pk))), user)[0]


# Changing


def test_a_change_stands_in_the_history_with_slots_and_earlier_years(cast, indicator, edit):
    edit(indicator, perspective="customer", slots=[Slot("Laporan")], past={2025: Decimal("91.5")})
    entry = audit.history(indicator)[0]
    assert (entry.verb, entry.by) == ("ubah indikator", cast.admin)
    assert (entry.before["perspective"], entry.after["perspective"]) == ("", "customer")
    assert (entry.before["evidence_slots"], entry.after["evidence_slots"]) == ([], ["Laporan (wajib)"])
    assert entry.after["past_actuals"] == {"2025": "91.5"}


def test_what_is_not_named_stays(indicator, edit):
    edit(indicator, slots=[Slot("Laporan")], past={2025: Decimal(1), 2024: Decimal(2)})
    edit(indicator, name="Nama baru", past={2024: None})
    assert slots_of(indicator) == [("Laporan", True)]
    assert list(indicator.past_actuals.values_list("year", flat=True)) == [2025]


def test_changing_nothing_leaves_no_trace(indicator, edit):
    edit(indicator, slots=[Slot("Laporan")])
    entries = audit.history(indicator).count()
    edit(indicator, slots=[Slot("Laporan")])
    assert audit.history(indicator).count() == entries


def test_after_enactment_a_reason_is_asked_and_kept(cast, edit):
    enacted = builders.indicator(cast.unit)
    with pytest.raises(DomainError) as refused:
        edit(enacted, source="Laporan tahunan", reason="  ")
    assert refused.value.code == "reason_missing"
    edit(enacted, source="Laporan tahunan", reason="Salah tulis.")
    assert audit.history(enacted)[0].reason == "Salah tulis."


def test_only_an_editor_changes_cards(cast, indicator, draft):
    with pytest.raises(PermissionDenied):
        edit_card(indicator.pk, {"name": "X"}, by=cast.karoren, at=IN_TIME)
    with pytest.raises(PermissionDenied):
        create_card(draft.pk, {}, unit=cast.unit, by=cast.operator, at=IN_TIME)


def test_what_somebody_changed_meanwhile_is_not_written_over(indicator, edit):
    seen = fingerprint(indicator)
    edit(indicator, name="Nama kedua")
    with pytest.raises(DomainError) as refused:
        edit(indicator, name="Nama ketiga", seen=seen)
    assert refused.value.code == "stale"
    assert Indicator.objects.get(pk=indicator.pk).name == "Nama kedua"


def test_a_target_set_meanwhile_is_no_conflict(cast, indicator, edit):
    seen = fingerprint(indicator)
    targets.set_target(indicator, 1, value=Decimal(80), by=cast.admin, at=IN_TIME)
    assert edit(indicator, name="Nama kedua", seen=seen).name == "Nama kedua"


def test_a_number_of_another_indicator_is_refused(cast, draft, indicator, edit):
    builders.indicator(cast.unit, 2, decree=draft)
    with pytest.raises(DomainError) as refused:
        edit(indicator, no=2)
    assert refused.value.code == "number_taken"


def test_an_objective_of_another_unit_is_refused(cast, draft, indicator, edit):
    other = builders.indicator(cast.setjen, decree=draft).objective
    with pytest.raises(DomainError) as refused:
        edit(indicator, objective=other)
    assert refused.value.code == "wrong_objective"


def test_a_new_objective_gets_the_next_number(cast, indicator, edit):
    changed = edit(indicator, new_objective="Sasaran  yang baru")
    assert (changed.objective.no, changed.objective.name) == (2, "Sasaran yang baru")
    edit(indicator, new_objective="Sasaran yang baru")
    assert Objective.objects.filter(unit=cast.unit).count() == 2
    assert audit.history(changed.objective)[0].verb == "buat sasaran"


def test_what_is_passed_on_cannot_be_declared_not_to_be(cast, draft, indicator, edit):
    child = builders.indicator(cast.bureau, decree=draft)
    Cascade.objects.create(parent=indicator, child=child, relation="same")
    with pytest.raises(DomainError) as refused:
        edit(indicator, is_not_cascaded=True)
    assert refused.value.code == "is_cascaded"


def test_an_indicator_that_was_dropped_is_gone(indicator, edit):
    indicator.delete()
    with pytest.raises(DomainError) as refused:
        edit(Indicator(pk=999_999), name="X")
    assert refused.value.code == "gone"


# Adding


FACTS = {"name": "Indeks baru", "measure": "indeks", "method": "survey", "polarity": "maximize"}


def test_a_new_indicator_of_a_draft_gets_the_next_number(cast, draft, indicator):
    changes = {**FACTS, "objective": indicator.objective, "slots": [Slot("Laporan survei")]}
    made = create_card(draft.pk, changes, unit=cast.unit, by=cast.admin, at=IN_TIME)
    assert (made.no, made.objective, slots_of(made)) == (2, indicator.objective, [("Laporan survei", True)])
    assert audit.history(made)[0].verb == "buat indikator"


def test_nothing_is_added_to_an_enacted_decree(cast):
    with pytest.raises(DomainError) as refused:
        create_card(builders.decree().pk, FACTS, unit=cast.unit, by=cast.admin, at=IN_TIME)
    assert refused.value.code == "wrong_state"


def test_a_new_indicator_needs_an_objective(cast, draft):
    with pytest.raises(DomainError) as refused:
        create_card(draft.pk, FACTS, unit=cast.unit, by=cast.admin, at=IN_TIME)
    assert refused.value.code == "wrong_objective"


# Slots


@pytest.fixture
def filled(cast) -> tuple[Indicator, Evidence]:
    """An indicator with two slots, and a file in the first one."""
    made = builders.indicator(cast.unit)
    slots = [Slot("Laporan"), Slot("Surat", is_required=False)]
    edit_card(made.pk, {"slots": slots}, by=cast.admin, at=IN_TIME, reason="Disusun.")
    builders.fill(builders.row(made), by=cast.operator)
    file = Evidence.objects.get()
    file.slot = made.evidence_slots.get(name="Laporan")
    file.save(update_fields=["slot"])
    return made, file


def test_a_slot_that_changes_its_name_keeps_its_files(filled, edit):
    indicator, file = filled
    first, second = indicator.evidence_slots.order_by("order")
    edit(indicator, slots=[Slot("Laporan", pk=second.pk), Slot("Surat", pk=first.pk)], reason="Tertukar.")
    file.refresh_from_db()
    assert (file.slot.pk, file.slot.name, file.slot.order) == (first.pk, "Surat", 2)


def test_a_slot_that_goes_leaves_its_files(filled, edit):
    indicator, file = filled
    edit(indicator, slots=[Slot("Surat")], reason="Tidak lagi perlu.")
    file.refresh_from_db()
    assert (file.slot, file.removed_at) == (None, None)
    assert slots_of(indicator) == [("Surat", True)]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["Laporan", "laporan"], "slot_twice"),
        ([" "], "slot_name"),
        (["Laporan *"], "slot_name"),
        (["x" * 201], "slot_name"),
        ([f"Dokumen {n}" for n in range(31)], "slot_too_many"),
    ],
)
def test_slots_that_cannot_be_told_apart_or_written_are_refused(indicator, edit, names, code):
    with pytest.raises(DomainError) as refused:
        edit(indicator, slots=[Slot(name) for name in names])
    assert refused.value.code == code


names = (
    st.text("ab Zé*=|;'-1,\"", min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda name: name and not name.endswith("*"))
)
lists_of_slots = st.lists(st.tuples(names, st.booleans()), max_size=6, unique_by=lambda slot: slot[0].casefold())


@given(lists_of_slots)
def test_slots_are_read_as_they_were_written(slots):
    written = write_slots([EvidenceSlot(name=name, is_required=wanted) for name, wanted in slots])
    assert [(slot.name, slot.is_required) for slot in read_slots(written)] == slots


# Earlier years


@pytest.fixture
def verified(cast) -> Achievement:
    """The last quarter of 2025 of the same indicator, verified with 95."""
    builders.indicator(cast.unit, decree=builders.decree(2025))
    quarter = builders.quarter(2025, 4)
    when = builders.at("2026-01-10 09:00")
    builders.submitted(cast.unit, by=cast.operator, in_quarter=quarter, when=when)
    after = builders.at("2026-01-16 09:00")
    sheet = builders.worksheet(cast.unit, in_quarter=quarter, when=after)
    sheet = builders.frozen(sheet, by=cast.verifier, when=after)
    builders.signed(sheet, by=cast.signers, when=after)
    return Achievement.objects.get(quarter=quarter)


def past(indicator, user):
    return {one.year: (one.value, one.source) for one in card(indicator, user).past}


def test_an_earlier_year_is_what_the_portal_verified(cast, verified, indicator):
    assert past(indicator, cast.operator) == {
        2022: (None, ""),
        2023: (None, ""),
        2024: (None, ""),
        2025: (Decimal(95), "portal, terverifikasi"),
    }


def test_the_earlier_year_of_a_copied_decree_follows_the_row_it_replaces(cast, verified):
    copy = decree_copy.copy_into_year(verified.indicator.decree_id, year=2027, title="", by=cast.admin, at=IN_TIME)
    renamed = copy.indicators.get()
    Indicator.objects.filter(pk=renamed.pk).update(name="Nama lain", no=7)
    assert past(renamed, cast.operator)[2025] == (Decimal(95), "portal, terverifikasi")


def test_what_the_card_says_comes_first(cast, verified, indicator, edit):
    edit(indicator, past={2025: Decimal(90)})
    assert past(indicator, cast.operator)[2025] == (Decimal(90), "ditulis pada kartu")


def test_a_year_that_is_not_verified_is_not_known(cast, verified, indicator):
    Achievement.objects.update(state="submitted")
    assert past(indicator, cast.operator)[2025] == (None, "")


def test_figures_of_another_unit_stay_with_it(cast, verified, indicator):
    other = builders.user(Role.OPERATOR, builders.unit("ROKUM", parent=cast.setjen))
    assert past(indicator, other)[2025] == (None, "hanya terbaca oleh unitnya")


# What decrees and files carry


def test_a_copy_takes_slots_and_the_earlier_years_that_still_count(cast, indicator, edit):
    edit(indicator, slots=[Slot("B", False), Slot("A")], past={2022: Decimal(1), 2025: Decimal(2)})
    copy = decree_copy.copy_into_year(indicator.decree_id, year=2027, title="", by=cast.admin, at=IN_TIME)
    made = copy.indicators.get()
    assert slots_of(made) == [("B", False), ("A", True)]
    assert list(made.past_actuals.values_list("year", "value")) == [(2025, Decimal(2))]


def test_an_amendment_says_what_changed_on_the_card(cast, edit):
    base = builders.indicator(cast.unit)
    change = builders.amendment(base.decree, by=cast.admin, begins=date(2026, 7, 1))
    changed = change.indicators.get()
    before = documents.content_hash(content_of(change))
    edit(
        changed,
        perspective="customer",
        data_status="computed",
        is_not_cascaded=True,
        slots=[Slot("Laporan"), Slot("Foto", is_required=False)],
    )
    facts = facts_of(Indicator.objects.get(pk=changed.pk))
    assert facts["Perspektif"] == "Pengguna layanan"
    assert facts["Status data"] == "Data olahan"
    assert facts["Penurunan"] == "Tidak diturunkan"
    assert facts["Data dukung"] == "Laporan (wajib)\nFoto (bila ada)"
    assert documents.content_hash(content_of(change)) != before


@pytest.fixture
def bring(cast):
    def brought(data: bytes) -> ImportJob:
        upload = SimpleUploadedFile("berkas.xlsx" if data[:2] == b"PK" else "berkas.csv", data)
        job = importing.start(kind_of("katalog"), upload, {"reason": "Ralat"}, by=cast.admin, at=IN_TIME)
        importing.run(job.pk, at=IN_TIME)
        job.refresh_from_db()
        if job.state == ImportJob.State.READY and job.changed:
            importing.confirm(job.pk, digest=job.digest, by=cast.admin, at=IN_TIME)
            importing.run(job.pk, at=IN_TIME)
            job.refresh_from_db()
        return job

    return brought


def written(cast, how=sheet_writer.as_csv) -> bytes:
    kind = kind_of("katalog")
    table = (kind.file_columns(cast.admin, {}), kind.table(cast.admin, {}))
    return how(*table) if how is sheet_writer.as_csv else how(kind.sheet_name, *table)


@pytest.mark.parametrize("how", [sheet_writer.as_csv, sheet_writer.xlsx])
def test_a_card_exported_and_imported_is_unchanged(cast, indicator, edit, bring, how):
    facts = {"perspective": "customer", "data_status": "computed", "is_not_cascaded": True}
    edit(indicator, **facts, slots=[Slot("=Laporan"), Slot("Surat; lampiran", is_required=False)])
    before = catalogue.describe(Indicator.objects.get())
    job = bring(written(cast, how))
    assert importing.details(job).faults == []
    assert (job.changed, job.unchanged) == (0, 1)
    assert catalogue.describe(Indicator.objects.get()) == before


def test_a_file_that_changes_slots_keeps_the_files_of_those_that_stay(cast, filled, bring):
    _, file = filled
    job = bring(written(cast).replace(b"Laporan *\nSurat", b"Surat tugas\nLaporan"))
    assert importing.details(job).faults == []
    file.refresh_from_db()
    assert (file.slot.name, file.slot.order, file.slot.is_required) == ("Laporan", 2, False)


# What is missing


def test_a_card_says_what_is_missing(cast, indicator, edit):
    edit(indicator, source="Laporan", perspective="customer", is_not_cascaded=True, slots=[Slot("Laporan")])
    assert card(indicator, cast.operator).lacks == [
        "definisi",
        "unit penanggung jawab",
        "status data",
        "realisasi 2022",
        "realisasi 2023",
        "realisasi 2024",
        "realisasi 2025",
    ]


def test_the_target_of_the_year_is_what_was_stated_or_what_the_quarters_promise(cast, indicator):
    assert card(indicator, cast.operator).targets[-1] == ("Tahun 2026", "90 (dari triwulan)")
    targets.set_target(indicator, 0, value=90, by=None, at=IN_TIME)
    assert card(indicator, cast.operator).targets[-1] == ("Tahun 2026", "90")


def test_the_source_says_whether_data_are_raw_or_computed(cast):
    catalogue.load(at=IN_TIME)
    assert not Indicator.objects.filter(data_status="").exists()
    assert not Indicator.objects.filter(expression="").exclude(data_status="raw").exists()
