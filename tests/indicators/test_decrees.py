"""Decrees: versions, which set a quarter follows, initials and signature, revoking."""

from datetime import date
from decimal import Decimal

import builders
import pytest
from builders import IN_TIME, at
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import decree as decrees
from indicators.actions import decree_copy as copies
from indicators.actions import evidence
from indicators.decree_content import comparison, content_of, indicators_of
from indicators.models import Achievement, Decree, DecreeSignature, Indicator
from indicators.versions import Kind
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError

pytestmark = pytest.mark.django_db
MID_YEAR = at("2026-08-20 10:00")  # quarter III is running, quarter II closed on 15 July


@pytest.fixture
def base(cast) -> Decree:
    """In force all of 2026, with three indicators."""
    for no in (1, 2, 3):
        builders.indicator(cast.unit, no)
    return builders.decree()


@pytest.fixture
def change(cast, base) -> Decree:
    """From 1 July: the first has another name, the second is dropped, a fourth is new."""
    made = builders.amendment(base, by=cast.admin, begins=date(2026, 7, 1))
    made.indicators.filter(no=1).update(name="Indikator satu yang baru")
    copies.drop(made.pk, made.indicators.get(no=2).pk, by=cast.admin, at=IN_TIME)
    builders.indicator(cast.unit, 4, decree=made, objective=made.objectives.get())
    return made


def on_paper(decree: Decree, *, by, when=MID_YEAR, decided_on=date(2026, 8, 19)) -> Decree:
    return decrees.enact_on_paper(decree.pk, number=decree.number, decided_on=decided_on, by=by, at=when)


def rows_of(number: int) -> dict[int, str]:
    """Number of the indicator and the decree of its row."""
    found = Achievement.objects.filter(quarter__number=number).order_by("indicator__no")
    return {row.indicator.no: row.indicator.decree.key for row in found.select_related("indicator__decree")}


def refused(act) -> DomainError:
    with pytest.raises(DomainError) as caught, transaction.atomic():
        act()
    return caught.value


def test_an_amendment_carries_the_whole_set_and_knows_what_it_replaces(cast, base):
    made = copies.amend(base.pk, by=cast.admin, at=IN_TIME)
    assert (made.state, made.amends, made.number) == ("draft", base, "")
    assert {one.replaces_id for one in made.indicators.all()} == set(base.indicators.values_list("pk", flat=True))


def test_a_copy_into_a_new_year_is_a_draft_of_that_year(cast, base):
    made = copies.copy_into_year(base.pk, year=2027, title="IKU 2027", by=cast.admin, at=IN_TIME)
    assert (made.state, made.year, made.in_force_from, made.amends) == ("draft", 2027, date(2027, 1, 1), None)
    assert made.indicators.count() == 3
    assert audit.history(made)[0].verb == "salin keputusan"


def test_two_copies_have_keys_of_their_own(cast, base):
    keys = {copies.amend(base.pk, by=cast.admin, at=IN_TIME).key for _ in range(3)}
    assert len(keys) == 3


@pytest.mark.parametrize(("year", "code"), [(2026, "same_year"), (1999, "wrong_year"), (2101, "wrong_year")])
def test_a_copy_into_the_same_or_an_impossible_year_is_refused(cast, base, year, code):
    assert refused(lambda: copies.copy_into_year(base.pk, year=year, title="", by=cast.admin, at=IN_TIME)).code == code


def test_the_comparison_shows_added_changed_dropped_and_same(cast, base, change):
    rows = comparison(indicators_of(base), indicators_of(change))
    assert [row.kind for row in rows] == [Kind.CHANGED, Kind.SAME, Kind.ADDED, Kind.DROPPED]
    assert [(c.label, c.before, c.after) for c in rows[0].changes] == [
        ("Indikator", "Indikator 1", "Indikator satu yang baru")
    ]


def test_an_open_quarter_follows_the_amendment_and_a_closed_one_stays(cast, base, change):
    builders.quarter(number=2)
    builders.quarter(number=3)
    on_paper(change, by=cast.admin)
    assert rows_of(2) == dict.fromkeys((1, 2, 3), base.key)
    assert rows_of(3) == dict.fromkeys((1, 3, 4), change.key)


def test_what_was_typed_keeps_its_version_and_gets_no_second_row(cast, base, change):
    quarter = builders.quarter(number=3)
    typed = Achievement.objects.get(quarter=quarter, indicator__no=1)
    dropped = Achievement.objects.get(quarter=quarter, indicator__no=2)
    with builders.moment(MID_YEAR):
        for row in (typed, dropped):
            values = {"values": {"selesai": Decimal(5), "rencana": Decimal(10)}}
            achievements.save(row.pk, values, version=0, by=cast.operator, at=MID_YEAR)
    on_paper(change, by=cast.admin)
    assert rows_of(3) == {1: base.key, 2: base.key, 3: change.key, 4: change.key}
    typed.refresh_from_db()
    assert (typed.indicator.name, typed.values["selesai"]) == ("Indikator 1", "5")


def test_settling_twice_changes_nothing(cast, base, change):
    builders.quarter(number=3)
    on_paper(change, by=cast.admin)
    before = list(Achievement.objects.order_by("pk").values())
    builders.quarter(number=3)
    assert list(Achievement.objects.order_by("pk").values()) == before


def test_a_moved_row_is_in_the_history_and_refuses_the_old_table(cast, base, change):
    row = Achievement.objects.get(quarter=builders.quarter(number=3), indicator__no=1)
    on_paper(change, by=cast.admin)
    assert audit.history(row)[0].verb == "pindahkan ke versi keputusan"
    with builders.moment(MID_YEAR), pytest.raises(achievements.Stale):
        achievements.save(row.pk, {"progress": "x"}, version=0, by=cast.operator, at=MID_YEAR)


@pytest.mark.parametrize(
    ("begins", "number", "expected"),
    [
        (date(2026, 7, 1), 2, "base"),
        (date(2026, 9, 30), 3, "change"),  # the quarter is reported as it stands on its last day
        (date(2026, 10, 1), 3, "base"),
        (date(2026, 10, 1), 4, "change"),
    ],
)
def test_a_quarter_follows_the_set_in_force_on_its_last_day(cast, base, change, begins, number, expected):
    Decree.objects.filter(pk=change.pk).update(in_force_from=begins)
    on_paper(Decree.objects.get(pk=change.pk), by=cast.admin)
    due = Indicator.objects.due_in(2026, number)
    assert {one.decree for one in due} == {{"base": base, "change": change}[expected]}


def test_an_amendment_of_an_amendment_takes_its_place(cast, base, change):
    on_paper(change, by=cast.admin)
    third = builders.amendment(change, by=cast.admin, begins=date(2026, 7, 1), number="13")
    on_paper(third, by=cast.admin)
    assert {one.decree for one in Indicator.objects.due_in(2026, 3)} == {third}


def test_history_follows_the_versions_and_not_the_name(cast, base, change):
    builders.quarter(number=1)
    builders.quarter(number=3)
    on_paper(change, by=cast.admin)
    row = Achievement.objects.get(quarter__number=3, indicator__no=1)
    assert [one.indicator.decree for one in Achievement.objects.earlier_than(row)] == [base]


def test_the_receipt_names_the_version(cast, base):
    with builders.moment(IN_TIME):
        sent = builders.submitted(cast.unit, by=cast.operator)
    assert {row["decree"] for row in sent.document.content["rows"]} == {"Nomor 2026, Keputusan IKU 2026"}


def test_revoking_an_amendment_brings_the_earlier_set_back(cast, base, change):
    builders.quarter(number=3)
    on_paper(change, by=cast.admin)
    decrees.revoke(change.pk, reason="Dicabut KEP 14.", by=cast.admin, at=MID_YEAR)
    assert rows_of(3) == dict.fromkeys((1, 2, 3), base.key)


def test_what_an_enacted_decree_amends_is_not_revoked_first(cast, base, change):
    on_paper(change, by=cast.admin)
    error = refused(lambda: decrees.revoke(base.pk, reason="Salah.", by=cast.admin, at=MID_YEAR))
    assert error.code == "amended"
    assert "Cabut dulu perubahannya" in error.message


def test_revoking_needs_a_reason(cast, base):
    assert refused(lambda: decrees.revoke(base.pk, reason=" ", by=cast.admin, at=MID_YEAR)).code == "reason_missing"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"itself": True}, "Keputusan tidak dapat mengubah dirinya sendiri."),
        ({"in_force_from": date(2025, 12, 31)}, "Tanggal mulai berlaku harus di tahun 2026."),
        ({"decided_on": date(2026, 1, 4)}, "Perubahan tidak dapat ditetapkan sebelum keputusan yang diubahnya."),
    ],
)
def test_an_amendment_that_cannot_be_is_refused_in_the_form(cast, base, change, facts, sentence):
    Decree.objects.filter(pk=base.pk).update(decided_on=date(2026, 1, 5))
    change.refresh_from_db()
    if facts.pop("itself", False):
        change.amends = change
    for name, value in facts.items():
        setattr(change, name, value)
    with pytest.raises(ValidationError) as caught:
        change.full_clean()
    assert sentence in str(caught.value)


def test_an_amendment_does_not_begin_before_what_it_amends(cast, base, change):
    Decree.objects.filter(pk=base.pk).update(in_force_from=date(2026, 8, 1))
    error = refused(lambda: on_paper(change, by=cast.admin))
    assert "lebih dulu daripada keputusan yang diubahnya" in error.message


def test_a_circle_of_amendments_is_refused(cast, base, change):
    base.amends = change
    with pytest.raises(ValidationError, match="berputar"):
        base.full_clean()


def test_the_database_refuses_a_decree_that_amends_itself(base):
    with pytest.raises(IntegrityError), transaction.atomic():
        Decree.objects.filter(pk=base.pk).update(amends=base)


def test_two_decrees_of_one_unit_and_year_are_not_in_force_at_once(cast, base):
    other = Decree.objects.create(key="lain", number="9", title="Keputusan lain", year=2026)
    builders.indicator(
        cast.unit, 7, decree=other, objective=other.objectives.create(unit=cast.unit, no=1, name="Sasaran")
    )
    error = refused(lambda: on_paper(other, by=cast.admin))
    assert (error.code, "Unit ROKEU sudah terikat “Keputusan IKU 2026”" in error.message) == ("not_ready", True)


def test_a_decree_is_amended_once(cast, base, change):
    rival = builders.amendment(base, by=cast.admin, begins=date(2026, 7, 1), number="99")
    on_paper(change, by=cast.admin)
    assert "sudah diubah oleh" in refused(lambda: on_paper(rival, by=cast.admin)).message
    assert refused(lambda: copies.amend(base.pk, by=cast.admin, at=MID_YEAR)).code == "amended"


def test_without_a_number_or_indicators_nothing_is_enacted(cast):
    empty = Decree.objects.create(key="kosong", title="Kosong", year=2026)
    message = refused(lambda: on_paper(empty, by=cast.admin)).message
    assert message == "Isi nomor keputusan. Keputusan belum memuat indikator."


def test_a_paper_of_tomorrow_is_refused(cast, change):
    error = refused(lambda: on_paper(change, by=cast.admin, decided_on=date(2026, 8, 21)))
    assert error.code == "in_the_future"


def test_only_admins_enact_on_paper(cast, change):
    with pytest.raises(PermissionDenied):
        on_paper(change, by=cast.karoren)


def test_an_indicator_of_an_enacted_decree_is_not_taken_out(cast, base):
    error = refused(lambda: copies.drop(base.pk, base.indicators.first().pk, by=cast.admin, at=IN_TIME))
    assert error.code == "wrong_state"


# Initials and signature


@pytest.fixture
def legal(cast):
    return builders.legal_head(cast.setjen)


@pytest.fixture
def sekjen(cast):
    return builders.user(Role.SEKJEN, cast.setjen, name="Sekjen")


def seen(decree: Decree) -> str:
    return documents.content_hash(content_of(Decree.objects.get(pk=decree.pk)))


def initialled(decree, *people):
    for person in people:
        decrees.initial(decree.pk, content_hash=seen(decree), by=person, at=MID_YEAR)


def test_two_initials_and_a_signature_enact_and_freeze_the_annex(cast, change, legal, sekjen):
    initialled(change, cast.karoren, legal)
    with builders.moment(MID_YEAR):
        made = decrees.sign(change.pk, content_hash=seen(change), by=sekjen, at=MID_YEAR)
    assert (made.state, made.decided_on, made.enacted_by) == ("enacted", date(2026, 8, 20), sekjen)
    assert [one["name"] for one in made.document.attestations] == [cast.karoren.name, legal.name, sekjen.name]
    assert documents.render(made.document.pk, at=MID_YEAR).size


def test_without_both_initials_nobody_signs(cast, change, sekjen):
    initialled(change, cast.karoren)
    error = refused(lambda: decrees.sign(change.pk, content_hash=seen(change), by=sekjen, at=MID_YEAR))
    assert error.message == "Belum dapat ditandatangani: Paraf Kepala Biro Hukum belum ada untuk isi ini."


def test_a_change_after_the_initial_makes_it_lapse(cast, change, legal, sekjen):
    initialled(change, cast.karoren, legal)
    change.indicators.filter(no=3).update(name="Diubah sesudah paraf")
    error = refused(lambda: decrees.sign(change.pk, content_hash=seen(change), by=sekjen, at=MID_YEAR))
    assert error.code == "not_initialled"
    initialled(change, legal, cast.karoren)
    assert DecreeSignature.objects.count() == 2


def test_who_saw_other_content_does_not_initial(cast, change):
    old = seen(change)
    change.indicators.filter(no=3).update(name="Diubah")
    error = refused(lambda: decrees.initial(change.pk, content_hash=old, by=cast.karoren, at=MID_YEAR))
    assert error.code == "stale"


def test_one_bureau_initials_once(cast, change):
    initialled(change, cast.karoren)
    assert refused(lambda: initialled(change, cast.karoren)).code == "already"


def test_only_the_two_heads_initial_and_only_the_sekjen_signs(cast, change, legal, sekjen):
    for person in (cast.official, cast.admin, sekjen):
        with pytest.raises(PermissionDenied):
            initialled(change, person)
    with pytest.raises(PermissionDenied):
        decrees.sign(change.pk, content_hash=seen(change), by=cast.karoren, at=MID_YEAR)


def test_those_whose_turn_it_is_are_told(cast, change, legal, sekjen):
    decrees.ask_initials(change.pk, by=cast.admin, at=MID_YEAR)
    assert (cast.karoren.notices.count(), legal.notices.count(), sekjen.notices.count()) == (1, 1, 0)
    initialled(change, cast.karoren, legal)
    assert sekjen.notices.get().subject == "Tanda tangani keputusan"


# Rows that something refers to


def test_evidence_without_a_figure_keeps_the_version_too(cast, base, change):
    row = Achievement.objects.get(quarter=builders.quarter(number=3), indicator__no=1)
    with builders.moment(MID_YEAR):
        evidence.attach(row.pk, builders.pdf(), by=cast.operator, at=MID_YEAR)
    on_paper(change, by=cast.admin)
    assert rows_of(3)[1] == base.key


def test_a_dropped_row_of_an_open_round_stays(cast, base, change):
    quarter = builders.quarter(number=1)
    round = builders.opened_round(cast.unit, by=cast.operator)
    assert round.assignments.count() == 3
    Decree.objects.filter(pk=change.pk).update(in_force_from=date(2026, 1, 1))
    on_paper(Decree.objects.get(pk=change.pk), by=cast.admin, when=IN_TIME, decided_on=date(2026, 4, 9))
    assert rows_of(quarter.number) == {1: change.key, 2: base.key, 3: change.key, 4: change.key}
    assert round.assignments.count() == 3


def test_documents_name_each_version_with_its_rows():
    rows = [
        {"no": 1, "decree": "Nomor 2, Baru"},
        {"no": 2, "decree": "Nomor 1, Lama"},
        {"no": 3, "decree": "Nomor 2, Baru"},
    ]
    text = render_to_string("pdf/_versions.html", {"content": {"rows": rows}})
    assert "Menurut keputusan: Nomor 1, Lama (indikator 2); Nomor 2, Baru (indikator 1, 3)." in text


def test_documents_from_before_say_nothing_of_versions():
    assert render_to_string("pdf/_versions.html", {"content": {"rows": [{"no": 1}]}}).strip() == ""


@pytest.mark.parametrize(
    ("title", "amended"),
    [
        ("Keputusan A", "Perubahan atas Keputusan A"),
        ("Perubahan atas Keputusan A", "Perubahan Kedua atas Keputusan A"),
        ("Perubahan Kedua atas Keputusan A", "Perubahan Ketiga atas Keputusan A"),
    ],
)
def test_an_amendment_of_an_amendment_is_counted(title, amended):
    assert copies.amended_title(title) == amended


def test_an_amendment_begins_today_until_somebody_says_otherwise(cast, row):
    made = copies.amend(row.indicator.decree_id, by=cast.admin, at=MID_YEAR)
    assert made.in_force_from == date(2026, 8, 20)
