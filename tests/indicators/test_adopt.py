"""Whoever fills in a row of an earlier version may take the version in force, and is told that there is one."""

from datetime import date
from decimal import Decimal as D

import builders
import pytest

from accounts.models import Notice
from indicators.actions import decree as decrees
from indicators.actions import decree_rows, targets
from indicators.models import Achievement
from kinerjaku import audit
from kinerjaku.errors import DomainError

pytestmark = pytest.mark.django_db
MID_YEAR = builders.at("2026-08-20 10:00")


@pytest.fixture(autouse=True)
def _mid_year():
    with builders.moment(MID_YEAR):
        yield


@pytest.fixture
def begun(cast, save):
    """A row of quarter III that was typed before the target of its indicator was amended from 90 to 45."""
    row = builders.row(builders.indicator(cast.unit), 3)
    save(row, by=cast.operator, when=MID_YEAR, selesai="45", rencana="100")
    change = builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 7, 1))
    targets.set_target(change.indicators.get(), 3, value=45, by=cast.admin, at=MID_YEAR)
    decrees.enact_on_paper(change.pk, number="12", decided_on=date(2026, 8, 19), by=cast.admin, at=MID_YEAR)
    row.refresh_from_db()
    return row


def adopt(row, by, version=None):
    return decree_rows.adopt(row.pk, version=row.version if version is None else version, by=by, at=MID_YEAR)


def test_a_row_that_was_begun_keeps_its_version_until_it_is_moved(cast, begun):
    assert (begun.percent, begun.indicator.decree.amends) == (D(50), None)
    moved = adopt(begun, cast.operator)
    assert (moved.percent, moved.values, moved.indicator.decree.amends_id) == (
        D(100),
        {"selesai": "45", "rencana": "100"},
        begun.indicator.decree_id,
    )
    assert audit.history(begun)[0].verb == "pindahkan ke versi keputusan"


def test_the_page_offers_it_and_then_no_more(cast, begun, as_user):
    client = as_user(cast.operator)
    assert "Pakai keputusan yang berlaku" in client.get(begun.get_absolute_url()).content.decode()
    client.post(f"/capaian/baris/{begun.pk}/versi/", {"version": begun.version})
    page = client.get(begun.get_absolute_url()).content.decode()
    assert "Pakai keputusan yang berlaku" not in page
    assert Achievement.objects.get(pk=begun.pk).percent == D(100)


def test_an_earlier_page_is_refused(cast, begun):
    with pytest.raises(DomainError) as refused:
        adopt(begun, cast.operator, version=begun.version - 1)
    assert refused.value.code == "stale"


def test_a_row_in_force_has_nothing_to_adopt(cast):
    row = builders.row(builders.indicator(cast.unit), 3)
    with pytest.raises(DomainError) as refused:
        adopt(row, cast.operator)
    assert refused.value.code == "in_force"


def test_a_dropped_indicator_is_said(cast, save):
    row = builders.row(builders.indicator(cast.unit), 3)
    builders.indicator(cast.unit, 2)
    save(row, by=cast.operator, when=MID_YEAR, selesai="45", rencana="100")
    change = builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 7, 1))
    change.indicators.get(no=1).delete()
    decrees.enact_on_paper(change.pk, number="12", decided_on=date(2026, 8, 19), by=cast.admin, at=MID_YEAR)
    row.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        adopt(row, cast.operator)
    assert refused.value.code == "dropped"


def test_the_unit_is_told_of_the_decree_and_of_a_changed_indicator(cast, begun):
    told = Notice.objects.filter(user=cast.operator).values_list("subject", flat=True)
    assert "Keputusan IKU 2026 ditetapkan" in told
    builders.catalogue.note_change(begun.indicator, before={}, by=cast.admin, at=MID_YEAR, reason="Salah ketik")
    notice = Notice.objects.get(user=cast.operator, subject="ROKEU 1 diubah")
    assert "Alasan: Salah ketik" in notice.body
    assert not Notice.objects.filter(user=cast.stranger).exists()


def test_what_is_unusual_is_seen_after_sending_too(cast, as_user):
    row = builders.row(builders.indicator(cast.unit))
    with builders.moment(builders.IN_TIME):
        builders.fill(row, by=cast.operator)
    Achievement.objects.filter(pk=row.pk).update(
        state="submitted", submitted_at=MID_YEAR, submitted_by=cast.operator, usual=["1", "2"]
    )
    page = as_user(cast.verifier).get(row.get_absolute_url()).content.decode()
    assert "jauh dari triwulan sebelumnya" in page


def test_who_begins_in_time_and_ends_after_the_deadline_is_late(cast, begun):
    with builders.moment(builders.at("2026-10-16 00:00")), pytest.raises(DomainError) as refused:
        adopt(begun, cast.operator)
    assert refused.value.code == "closed"
    assert Achievement.objects.get(pk=begun.pk).indicator_id == begun.indicator_id


def test_rows_of_other_quarters_stay_as_they_are(cast, begun, save):
    successor = begun.indicator.replaced_by.get()
    fourth = builders.row(successor, 4)
    Achievement.objects.filter(pk=fourth.pk).update(percent=D(1))
    adopt(begun, cast.operator)
    assert Achievement.objects.get(pk=fourth.pk).percent == D(1)
