"""The audit chain: every act is in it, and any change, gap or insertion shows."""

import builders
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from kinerjaku import audit
from kinerjaku.models import AuditEntry, AuditHead

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    """Five acts on one unit (the first is its creation)."""
    unit = builders.unit("ROKEU")
    with transaction.atomic():
        for number in range(4):
            at = builders.at(f"2026-04-10 09:0{number}")
            audit.record(by=None, at=at, verb="coba", target=unit, before={"n": number}, after={"n": number + 1})
    return unit


def test_an_untouched_chain_is_whole(chain):
    assert list(audit.problems()) == []
    assert AuditEntry.objects.count() == 5


def test_an_empty_chain_is_whole():
    assert list(audit.problems()) == []


@pytest.mark.parametrize(
    "change", [{"verb": "lain"}, {"after": {"n": 99}}, {"reason": "lain"}, {"by": None, "target_id": "7"}]
)
def test_a_changed_entry_is_found(chain, change):
    AuditEntry.objects.filter(seq=3).update(**change)
    assert list(audit.problems()) == ["Catatan 3 telah diubah atau disisipkan."]


def test_a_changed_instant_is_found(chain):
    AuditEntry.objects.filter(seq=2).update(at=builders.at("2026-04-10 09:00:00.000001"))
    assert list(audit.problems()) == ["Catatan 2 telah diubah atau disisipkan."]


def test_a_removed_entry_is_found(chain):
    AuditEntry.objects.filter(seq=3).delete()
    assert list(audit.problems()) == ["Catatan 3 sampai 3 hilang."]


def test_entries_cut_off_at_the_end_are_found(chain):
    AuditEntry.objects.filter(seq__gte=4).delete()
    assert list(audit.problems()) == ["Catatan 4 sampai 5 di akhir rantai hilang."]


def test_an_entry_added_by_hand_is_found(chain):
    last = AuditEntry.objects.get(seq=5)
    AuditEntry.objects.create(
        seq=6,
        at=last.at,
        verb="palsu",
        target_type="x",
        target_id="1",
        previous_hash=last.hash,
        hash="0" * 64,
    )
    assert "Catatan 6 telah diubah atau disisipkan." in list(audit.problems())


def test_a_chain_made_without_the_key_is_found(chain, settings):
    """Whoever can write to the database, but has not the key, cannot forge."""
    settings.AUDIT_KEY = "another key"
    with transaction.atomic():
        audit.record(by=None, at=builders.IN_TIME, verb="palsu", target=chain)
    settings.AUDIT_KEY = "yet another key"
    assert any("Catatan 6" in problem for problem in audit.problems())


def test_the_command_says_how_many_entries_are_whole(chain, capsys):
    call_command("verify_audit")
    assert "Rantai audit utuh: 5 catatan." in capsys.readouterr().out


def test_the_command_fails_on_a_broken_chain(chain):
    AuditEntry.objects.filter(seq=2).update(verb="lain")
    with pytest.raises(CommandError, match="1 temuan"):
        call_command("verify_audit")


def test_an_act_that_is_rolled_back_leaves_no_entry(chain):
    with transaction.atomic():
        audit.record(by=None, at=builders.IN_TIME, verb="batal", target=chain)
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 5
    assert AuditHead.objects.get().seq == 5
    assert list(audit.problems()) == []


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused():
    unit = builders.unit("ROKEU")
    with pytest.raises(RuntimeError):
        audit.record(by=None, at=builders.IN_TIME, verb="coba", target=unit)


def test_the_history_of_an_object_is_newest_first(chain):
    assert [entry.seq for entry in audit.history(chain)] == [5, 4, 3, 2, 1]


def test_a_password_never_enters_the_log():
    user = builders.user()
    assert "password" not in audit.snapshot(user)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_acts_at_the_same_time_make_one_chain(in_threads):
    unit = builders.unit("ROKEU")

    def act(number: int) -> None:
        with transaction.atomic():
            audit.record(by=None, at=builders.IN_TIME, verb=f"coba {number}", target=unit)
        connection.close()

    in_threads([lambda n=n: act(n) for n in range(12)])
    assert list(audit.problems()) == []
    assert AuditHead.objects.get().seq == 13
