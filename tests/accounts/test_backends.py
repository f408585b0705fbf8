"""Signing in with an e-mail address or a NIP."""

import builders
import pytest
from django.contrib.auth import authenticate

NIP = "198501012010012001"


@pytest.fixture
def person(db):
    return builders.user(nip=NIP, name="Siti")


@pytest.fixture
def sign_in(rf):
    return lambda name, password=builders.PASSWORD: authenticate(rf.post("/masuk/"), username=name, password=password)


def test_the_address_signs_in_in_any_case(sign_in, person):
    assert sign_in(person.email.upper()) == person


@pytest.mark.parametrize("typed", [NIP, " 19850101 201001 2 001 "])
def test_the_nip_signs_in_with_or_without_spaces(sign_in, person, typed):
    assert sign_in(typed) == person


def test_a_wrong_password_does_not(sign_in, person):
    assert sign_in(person.email, "salah sama sekali") is None


def test_an_unknown_name_does_not(sign_in, person):
    assert sign_in("tidak.ada@example.test") is None


def test_an_empty_name_matches_nobody_without_nip(sign_in, db):
    builders.user(nip=None)
    assert sign_in("  ") is None


def test_an_inactive_person_does_not(sign_in, person):
    person.is_active = False
    person.save()
    assert sign_in(person.email) is None


def test_a_person_without_a_password_does_not(sign_in, person):
    person.set_unusable_password()
    person.save()
    assert sign_in(person.email, "") is None


def test_an_unknown_name_costs_as_much_as_a_wrong_password(sign_in, person, settings):
    """Both hash once, so that names cannot be told apart by the time it takes."""
    from django.contrib.auth import hashers

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    person.set_password(builders.PASSWORD)
    person.save()
    hashed = []
    hasher = hashers.get_hasher()
    original = type(hasher).encode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(hasher), "encode", lambda *a, **k: hashed.append(1) or original(*a, **k))
        sign_in(person.email, "salah sama sekali")
        wrong = len(hashed)
        sign_in("tidak.ada@example.test", "salah sama sekali")
    assert len(hashed) - wrong == wrong
