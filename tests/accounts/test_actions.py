"""Writes on people and units: one transaction, one audit entry."""

import builders
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts import actions
from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry

pytestmark = pytest.mark.django_db
AT = builders.at("2026-02-02 10:00")


def paths() -> dict[str, str]:
    return dict(WorkUnit.objects.values_list("code", "path"))


@pytest.fixture
def branch(house):
    """SETJEN / ROKEU / BAGIAN / SUBBAG."""
    part = builders.unit("BAGIAN", parent=house.unit, level="III")
    builders.unit("SUBBAG", parent=part, level="III")
    return house.unit


def test_a_unit_lies_below_its_parent(house):
    assert paths()["ROKEU"] == "/SETJEN/ROKEU/"


def test_moving_a_unit_moves_everything_below_it(house, branch):
    branch.parent = house.bureau
    actions.save_unit(branch, by=house.admin, at=AT)
    moved = {code: path for code, path in paths().items() if code in ("ROKEU", "BAGIAN", "SUBBAG")}
    assert moved == {
        "ROKEU": "/SETJEN/ROREN/ROKEU/",
        "BAGIAN": "/SETJEN/ROREN/ROKEU/BAGIAN/",
        "SUBBAG": "/SETJEN/ROREN/ROKEU/BAGIAN/SUBBAG/",
    }


def test_renaming_a_code_renames_the_paths_below(house, branch):
    branch.code = "ROKUBMN"
    actions.save_unit(branch, by=house.admin, at=AT)
    assert paths()["SUBBAG"] == "/SETJEN/ROKUBMN/BAGIAN/SUBBAG/"


def test_a_neighbour_whose_code_begins_alike_stays(house, branch):
    builders.unit("ROKEU2", parent=house.setjen)
    branch.parent = house.bureau
    actions.save_unit(branch, by=house.admin, at=AT)
    assert paths()["ROKEU2"] == "/SETJEN/ROKEU2/"


@pytest.mark.parametrize("code", ["ROKEU", "SUBBAG"])
def test_a_unit_cannot_lie_below_itself(house, branch, code):
    branch.parent = WorkUnit.objects.get(code=code)
    with pytest.raises(DomainError) as refused:
        actions.save_unit(branch, by=house.admin, at=AT)
    assert refused.value.code == "loop"
    assert paths()["ROKEU"] == "/SETJEN/ROKEU/"


def test_a_change_is_audited_with_before_and_after(house):
    house.unit.name = "Biro Keuangan dan BMN"
    actions.save_unit(house.unit, by=house.admin, at=AT)
    entry = audit.history(house.unit).first()
    assert (entry.verb, entry.by, entry.at) == ("ubah unit", house.admin, AT)
    assert (entry.before["name"], entry.after["name"]) == ("Unit ROKEU", "Biro Keuangan dan BMN")


def test_saving_without_a_change_leaves_no_entry(house):
    before = AuditEntry.objects.count()
    actions.save_unit(house.unit, by=house.admin, at=AT)
    actions.save_user(house.operator, by=house.admin, at=AT)
    assert AuditEntry.objects.count() == before


def test_a_new_password_is_audited_without_being_written_down(house):
    house.operator.set_password("kata sandi yang lain 27")
    actions.save_user(house.operator, by=house.admin, at=AT)
    entry = audit.history(house.operator).first()
    assert entry.verb == "ubah pengguna"
    assert "password" not in entry.before | entry.after


def test_a_role_given_and_taken_away_is_audited(house):
    held = Membership(user=house.operator, role=Role.KASUBAG, unit=house.unit)
    actions.save_membership(held, by=house.admin, at=AT)
    entries = audit.history(held)
    actions.remove_membership(held, by=house.admin, at=AT)
    assert [entry.verb for entry in entries.all()] == ["cabut peran", "beri peran"]
    assert not Membership.objects.filter(pk=entries.first().target_id).exists()


def test_a_role_is_held_once(house):
    again = Membership(user=house.operator, role=Role.OPERATOR, unit=house.unit)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.save_membership(again, by=house.admin, at=AT)


def test_an_empty_nip_is_nothing_so_that_two_people_may_have_none(house):
    for number in (1, 2):
        person = User(email=f"tanpa{number}@example.test", name="Tanpa NIP", nip="")
        actions.save_user(person, by=house.admin, at=AT)
    assert User.objects.filter(name="Tanpa NIP", nip=None).count() == 2


def test_changing_ones_password_is_audited_as_ones_own_act(house):
    actions.change_password(house.operator, "kata sandi yang lain 27", at=AT)
    entry = audit.history(house.operator).first()
    assert (entry.verb, entry.by) == ("ganti kata sandi", house.operator)
    assert User.objects.get(pk=house.operator.pk).check_password("kata sandi yang lain 27")


@pytest.mark.parametrize(
    "act",
    [
        lambda h: actions.save_unit(h.unit, by=h.operator, at=AT),
        lambda h: actions.save_user(h.operator, by=h.operator, at=AT),
        lambda h: actions.save_membership(
            Membership(user=h.operator, role=Role.ADMIN, unit=h.unit), by=h.operator, at=AT
        ),
        lambda h: actions.remove_membership(h.admin.memberships.get(), by=h.operator, at=AT),
    ],
    ids=["unit", "user", "give role", "take role"],
)
def test_only_an_admin_writes(house, act):
    before = AuditEntry.objects.count()
    with pytest.raises(PermissionDenied):
        act(house)
    assert AuditEntry.objects.count() == before
