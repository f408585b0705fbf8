"""Who may do what: `can` and `units_for` are one rule, outsiders get 404, missing rights 403."""

from datetime import date

import builders
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts import policy
from accounts.models import Membership, User, WorkUnit
from accounts.policy import GRANTS, Scope, Verb
from accounts.roles import Role

pytestmark = pytest.mark.django_db
DAY = builders.at("2026-04-10 09:00")


@pytest.fixture
def tree():
    """Two Eselon I with units below; codes that begin alike, so that a sloppy comparison of paths shows."""
    setjen = builders.unit("SETJEN", level="I")
    itjen = builders.unit("ITJEN", level="I")
    bureau = builders.unit("RO", parent=setjen)
    builders.unit("ROKEU", parent=setjen)
    builders.unit("RO-1", parent=bureau, level="III")
    builders.unit("INSP", parent=itjen)
    return {unit.code: unit for unit in WorkUnit.objects.all()}


def reached(user, verb) -> set[str]:
    return set(policy.units_for(user, verb).values_list("code", flat=True))


@pytest.mark.parametrize("role", Role)
def test_can_and_units_for_agree_for_every_unit_and_verb(role, tree):
    differ = []
    for of in tree.values():
        person = builders.user(role, of)
        for verb in Verb:
            allowed = {code for code, unit in tree.items() if policy.can(person, verb, unit)}
            if allowed != reached(person, verb):
                differ.append((of.code, verb.name, allowed, reached(person, verb)))
    assert differ == []


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_as_far_as_its_scope(role, tree):
    person = builders.user(role, tree["RO"])
    expected = {
        verb: {None: set(), Scope.UNIT: {"RO"}, Scope.TREE: {"RO", "RO-1"}, Scope.ALL: set(tree)}[
            GRANTS[verb].get(role)
        ]
        for verb in Verb
    }
    assert {verb: reached(person, verb) for verb in Verb} == expected


@pytest.mark.parametrize("role", Role)
def test_every_role_sees_its_own_unit(role, tree):
    assert policy.can(builders.user(role, tree["RO"]), Verb.VIEW, tree["RO"])


def test_who_acts_on_a_unit_never_verifies_by_the_same_role():
    assert GRANTS[Verb.ENTER].keys() & GRANTS[Verb.VERIFY].keys() == set()


@pytest.mark.parametrize("verb", Verb)
def test_able_finds_everybody_who_can(verb, tree):
    people = [builders.user(role, of) for role in (Role.OFFICIAL, Role.OPERATOR, Role.KAROREN) for of in tree.values()]
    people.append(builders.user(Role.OFFICIAL, tree["ROKEU"], is_active=False))
    for of in tree.values():
        assert set(policy.able(verb, of)) == {person for person in people if policy.can(person, verb, of)}


def test_two_roles_add_up(tree):
    person = builders.user(Role.OPERATOR, tree["ROKEU"])
    Membership.objects.create(user=person, role=Role.OFFICIAL, unit=tree["RO"])
    assert reached(person, Verb.VIEW) == {"ROKEU", "RO", "RO-1"}


def test_an_outsider_is_told_that_there_is_nothing(tree):
    with pytest.raises(Http404):
        policy.require(builders.user(Role.OPERATOR, tree["ROKEU"]), Verb.ENTER, tree["RO"])


def test_who_sees_but_lacks_the_right_is_told_so(tree):
    with pytest.raises(PermissionDenied):
        policy.require(builders.user(Role.VERIFIER, tree["RO"]), Verb.ENTER, tree["RO"])


def test_a_right_over_the_ministry_needs_a_ministry_wide_role(tree):
    with pytest.raises(PermissionDenied):
        policy.require(builders.user(Role.OPERATOR, tree["RO"]), Verb.VIEW_AUDIT)


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        ("2026-03-31 23:59", False),
        ("2026-04-01 00:00", True),
        ("2026-04-30 23:59", True),
        ("2026-05-01 00:00", False),
    ],
)
def test_a_role_counts_from_its_first_to_its_last_day(tree, day, holds):
    person = builders.user()
    Membership.objects.create(
        user=person,
        role=Role.OPERATOR,
        unit=tree["RO"],
        valid_from=date(2026, 4, 1),
        valid_to=date(2026, 4, 30),
    )
    with builders.moment(builders.at(day)):
        assert policy.can(person, Verb.ENTER, tree["RO"]) is holds
        assert policy.holders(Role.OPERATOR, tree["RO"]).exists() is holds


def test_an_inactive_person_may_nothing(tree):
    person = builders.user(Role.ADMIN, tree["RO"], is_active=False)
    assert not any(policy.can_somewhere(person, verb) for verb in Verb)
    assert not policy.holders(Role.ADMIN).exists()


def test_nobody_signed_in_may_nothing(tree):
    assert not policy.can(AnonymousUser(), Verb.VIEW, tree["RO"])
    assert not policy.units_for(AnonymousUser()).exists()


def test_memberships_are_read_once_a_person(tree, django_assert_num_queries):
    person = User.objects.get(pk=builders.user(Role.OFFICIAL, tree["RO"]).pk)
    with django_assert_num_queries(1):
        for verb in Verb:
            policy.can(person, verb, tree["RO"])


def test_codes_that_differ_in_case_only_are_refused(tree):
    """SQLite compares LIKE without case, so one unit would reach into the other's subtree."""
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.unit("ro", parent=tree["SETJEN"])
