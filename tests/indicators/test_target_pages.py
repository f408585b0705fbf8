"""The list of targets, and the sheet of one unit under one decree."""

from decimal import Decimal as D

import builders
import pytest
from builders import IN_TIME

from indicators.models import Achievement, Decree, Indicator
from kinerjaku import audit


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def draft(cast):
    """An indicator without targets, of a decree that is not enacted."""
    indicator = builders.indicator(cast.unit)
    indicator.targets.all().delete()
    builders.catalogue.keep_rule(indicator)
    Decree.objects.update(state=Decree.State.DRAFT)
    return Indicator.objects.get()


def address(indicator):
    return f"/target/{indicator.decree_id}/{indicator.unit.code}/"


def typed(indicator, *texts, **others):
    """Year, then quarters, as the sheet would send them."""
    return {f"target-{indicator.pk}-{number}": text for number, text in enumerate(texts)} | others


def kept(indicator):
    return {one.number: one.plain() for one in indicator.targets.order_by("number")}


def test_a_unit_fills_in_the_targets_of_its_draft(cast, as_user, draft):
    answer = as_user(cast.operator).post(address(draft), typed(draft, "90", "20", "40,5", "60 s.d. 70", "90"))
    assert answer.status_code == 302
    assert kept(draft) == {0: D(90), 1: D(20), 2: D("40.5"), 3: (D(60), D(70)), 4: D(90)}
    entry = audit.history(draft)[0]
    assert (entry.by, entry.verb, entry.after["Triwulan III"]) == (cast.operator, "tetapkan target", "60 s.d. 70")


def test_an_emptied_cell_takes_the_target_away(cast, as_user, draft):
    as_user(cast.operator).post(address(draft), typed(draft, "", "20", "30"))
    as_user(cast.operator).post(address(draft), typed(draft, "", "", "30"))
    assert kept(draft) == {2: D(30)}


def test_after_enactment_the_unit_only_reads(cast, as_user):
    indicator = builders.indicator(cast.unit)
    page = as_user(cast.operator).get(address(indicator))
    assert "Target diubah lewat keputusan perubahan" in page.content.decode()
    assert as_user(cast.operator).post(address(indicator), typed(indicator, "", "80")).status_code == 403
    assert kept(indicator)[1] == D(90)


def test_after_enactment_a_change_needs_its_reason_and_what_was_typed_stays(cast, as_user):
    indicator = builders.indicator(cast.unit)
    answer = as_user(cast.admin).post(address(indicator), typed(indicator, "", "80", "90", "90", "90"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Keputusan sudah ditetapkan: tulis alasan perubahan." in text
    assert 'value="80"' in text
    assert kept(indicator)[1] == D(90)
    data = typed(indicator, "", "80", "90", "90", "90", alasan="Refocusing anggaran")
    assert as_user(cast.admin).post(address(indicator), data).status_code == 302
    assert audit.history(indicator)[0].reason == "Refocusing anggaran"
    page = as_user(cast.operator).get(address(indicator)).content.decode()
    assert "Refocusing anggaran" in page


def test_a_changed_target_computes_what_is_not_sent_anew(cast, as_user, save):
    row = builders.row(builders.indicator(cast.unit))
    save(row, by=cast.operator, selesai="90", rencana="100")
    data = typed(row.indicator, "", "45", alasan="Ralat")
    as_user(cast.admin).post(address(row.indicator), data)
    assert Achievement.objects.get(pk=row.pk).percent == 120


@pytest.mark.parametrize(
    ("texts", "place", "words"),
    [
        (("", "sembilan"), 1, "“sembilan” bukan angka"),
        (("", "12.5"), 1, "Gunakan koma untuk desimal"),
        (("", "90 s.d. 80"), 1, "Rentang target terbalik: 90 s.d. 80."),
        (("", "90 s.d."), 1, "Tulis kedua batas rentangnya"),
        (("95", "", "", "", "90"), 0, "Target setahun 95 tidak sama dengan nilai posisi akhir triwulannya, 90."),
    ],
)
def test_what_cannot_be_is_said_at_its_cell_and_nothing_is_saved(cast, as_user, draft, texts, place, words):
    answer = as_user(cast.operator).post(address(draft), typed(draft, *texts))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'id="galat-target-{draft.pk}-{place}"' in page
    assert "<title>Kesalahan: Rincian target" in page
    assert kept(draft) == {}


def test_the_year_is_shared_out_without_being_saved(cast, as_user, draft):
    Indicator.objects.update(consolidation="sum")
    page = as_user(cast.operator).post(address(draft), typed(draft, "10", act="bagikan")).content.decode()
    for number, text in ((1, "2"), (2, "2"), (3, "3"), (4, "3")):
        assert f'name="target-{draft.pk}-{number}" value="{text}"' in page
    assert kept(draft) == {}


def test_nobody_writes_over_what_they_did_not_see(cast, as_user, draft):
    seen = "|" * 4
    as_user(cast.admin).post(address(draft), typed(draft, "", "20"))
    data = typed(draft, "", "30", **{f"dilihat-{draft.pk}": seen})
    answer = as_user(cast.operator).post(address(draft), data)
    assert answer.status_code == 422
    assert "Diubah orang lain: sekarang 20." in answer.content.decode()
    assert 'value="30"' in answer.content.decode()
    assert kept(draft) == {1: D(20)}


def test_of_several_rows_all_are_saved_or_none(cast, as_user, draft):
    other = builders.indicator(cast.unit, 2)
    Indicator.objects.filter(pk=other.pk).update(decree=draft.decree)
    data = typed(draft, "", "20") | typed(other, "", "banyak")
    assert as_user(cast.operator).post(address(draft), data).status_code == 422
    assert kept(draft) == {}


def test_somebody_of_another_unit_reads_and_does_not_write(cast, as_user, draft):
    client = as_user(cast.stranger)
    page = client.get(address(draft))
    assert "Simpan target" not in page.content.decode()
    assert client.post(address(draft), typed(draft, "", "20")).status_code == 403


def test_a_unit_without_indicators_in_the_decree_is_not_there(cast, as_user, draft):
    assert as_user(cast.admin).get(f"/target/{draft.decree_id}/SETJEN/").status_code == 404


def test_the_list_says_what_the_quarters_promise_for_the_year(cast, as_user):
    builders.indicator(cast.unit)
    page = as_user(cast.operator).get("/target/").content.decode()
    assert "Rincian target" in page
    assert 'data-label="Setahun" class="num">90 (dari triwulan)</td>' in page


def test_the_list_is_exported(cast, as_user):
    builders.indicator(cast.unit)
    answer = as_user(cast.operator).get("/target/?format=csv")
    assert b"Setahun;TW I;TW II;TW III;TW IV" in answer.content


def test_queries_of_the_sheet_and_the_list_do_not_grow(cast, as_user, query_cost):
    def make(count):
        for number in range(Indicator.objects.count() + 1, count + 1):
            builders.indicator(cast.unit, number)

    client = as_user(cast.admin)
    make(2)
    few = query_cost(client, "/target/"), query_cost(client, address(Indicator.objects.first()))
    make(20)
    assert few == (query_cost(client, "/target/"), query_cost(client, address(Indicator.objects.first())))
