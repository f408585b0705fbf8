"""The first Admin comes from the command line."""

from io import StringIO

import builders
import pytest
from django.core.management import CommandError, call_command

from accounts import policy
from accounts.models import Membership, User
from accounts.policy import Verb
from kinerjaku import audit

pytestmark = pytest.mark.django_db


def run(**options) -> str:
    out = StringIO()
    call_command("create_admin", email="Awal@KKP.example", name="Admin Awal", stdout=out, **options)
    return out.getvalue()


def type_in(monkeypatch, *passwords):
    answers = iter(passwords)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))


@pytest.fixture
def bureau():
    return builders.ministry()[1]


def test_a_generated_password_is_shown_once_and_works(bureau):
    said = run(generate=True)
    person = User.objects.get(email="awal@kkp.example")
    assert person.check_password(said.strip().rsplit(" ", 1)[1])
    assert policy.can(person, Verb.ADMINISTER)
    assert person.memberships.get().unit == bureau


def test_a_typed_password_is_not_shown(bureau, monkeypatch):
    type_in(monkeypatch, "perahu biru di teluk", "perahu biru di teluk")
    assert "perahu" not in run()
    assert User.objects.get(email="awal@kkp.example").check_password("perahu biru di teluk")


def test_the_system_is_the_actor(bureau):
    run(generate=True)
    entry = audit.history(User.objects.get(email="awal@kkp.example")).get()
    assert (entry.verb, entry.by) == ("buat pengguna", None)


@pytest.mark.parametrize(
    ("passwords", "message"),
    [(("perahu biru di teluk", "perahu hijau"), "tidak sama"), (("pendek", "pendek"), "12")],
)
def test_a_bad_password_makes_nobody(bureau, monkeypatch, passwords, message):
    type_in(monkeypatch, *passwords)
    with pytest.raises(CommandError, match=message):
        run()
    assert not User.objects.exists()


def test_an_address_that_is_taken_is_refused(bureau):
    run(generate=True)
    with pytest.raises(CommandError):
        run(generate=True)
    assert Membership.objects.count() == 1


def test_a_wrong_nip_is_refused(bureau):
    with pytest.raises(CommandError, match="18 digit"):
        run(generate=True, nip="123")


def test_without_the_bureau_the_root_unit_serves(db):
    root = builders.unit("KKP", level="0")
    run(generate=True)
    assert Membership.objects.get().unit == root


def test_without_any_unit_it_says_what_to_do_first(db):
    with pytest.raises(CommandError, match="Belum ada unit kerja"):
        run(generate=True)
