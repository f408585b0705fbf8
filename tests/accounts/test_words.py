"""How the frame's filters say deadlines and changes."""

from datetime import timedelta
from decimal import Decimal

import builders
import pytest
from django.db import transaction

from accounts.actions import save_membership, save_unit
from accounts.models import Membership
from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.templatetags import kinerjaku as words

DUE = builders.at("2026-04-16 00:00")


def test_a_deadline_is_said_as_the_last_minute_in_time():
    assert words.last_minute(DUE) == "15 April 2026 pukul 23.59 WIB"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=3, hours=2, minutes=59), "3 hari 2 jam"),
        (timedelta(days=1), "1 hari"),
        (timedelta(days=1, minutes=5), "1 hari"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 jam 59 menit"),
        (timedelta(minutes=1), "1 menit"),
        (timedelta(seconds=59), "kurang dari 1 menit"),
        (timedelta(0), ""),
        (timedelta(seconds=-1), ""),
    ],
)
def test_what_remains_is_said_in_the_two_largest_units(left, said):
    assert words.remaining(DUE, DUE - left) == said


@pytest.mark.parametrize(
    ("left", "tone"),
    [(timedelta(days=1, seconds=1), ""), (timedelta(days=1), "is-near"), (timedelta(0), "is-past")],
)
def test_the_last_day_and_the_time_after_look_different(left, tone):
    assert words.deadline_tone(DUE, DUE - left) == tone


@pytest.mark.django_db
def test_a_change_is_said_with_labels_and_choices(house):
    house.unit.level, house.unit.letter_code = "III", "SJ.5"
    save_unit(house.unit, by=house.admin, at=DUE)
    assert words.changes(audit.history(house.unit).first()) == [
        {"label": "kode surat", "before": "", "after": "SJ.5"},
        {"label": "level", "before": "Eselon II", "after": "Eselon III"},
    ]


@pytest.mark.django_db
def test_people_and_units_are_called_by_name(house, django_assert_num_queries):
    for role in (Role.KASUBAG, Role.OFFICIAL):
        held = Membership(user=house.operator, role=role, unit=house.unit)
        save_membership(held, by=house.admin, at=DUE)
    entries = list(audit.history(held))
    with django_assert_num_queries(2):
        entry = words.named(entries)[0]
    said = {change["label"]: change["after"] for change in words.changes(entry)}
    assert said == {"pengguna": "Budi Operator", "peran": "Pejabat unit", "unit kerja": "Unit ROKEU"}


@pytest.mark.django_db
def test_a_kind_of_object_that_is_gone_is_still_listed(house):
    entry = audit.history(house.unit).first()
    entry.target_type = "lama.tiada"
    assert words.target_words(entry) == f"lama.tiada {house.unit.pk}"
    assert any(change["label"] == "Code" for change in words.changes(words.named([entry])[0]))


@pytest.mark.django_db
def test_figures_are_said_the_indonesian_way_and_in_few_decimals():
    row = builders.row(builders.indicator(builders.unit()))
    before, after = (
        {"percent": None, "values": {}},
        {"percent": Decimal("108.8888888889"), "values": {"selesai": "98.5"}},
    )
    with transaction.atomic():
        audit.record(by=None, at=builders.IN_TIME, verb="simpan capaian", target=row, before=before, after=after)
    said = {change["label"]: change["after"] for change in words.changes(audit.history(row).first())}
    assert said == {"capaian (%)": "108,8889", "Selesai": "98,5"}
