"""The pages of decrees: list, one decree, its changes, its annex, and the acts."""

from datetime import date

import builders
import pytest

from accounts.roles import Role
from indicators.actions import decree as decrees
from indicators.actions import decree_copy as copies
from indicators.decree_content import content_of
from indicators.models import Decree
from kinerjaku import documents

MID_YEAR = builders.at("2026-08-20 10:00")


@pytest.fixture(autouse=True)
def _mid_year():
    with builders.moment(MID_YEAR):
        yield


@pytest.fixture
def base(cast) -> Decree:
    for no in (1, 2):
        builders.indicator(cast.unit, no)
    return builders.decree()


@pytest.fixture
def change(cast, base) -> Decree:
    made = builders.amendment(base, by=cast.admin, begins=date(2026, 7, 1))
    made.indicators.filter(no=1).update(name="Nama <b>baru</b>")
    copies.drop(made.pk, made.indicators.get(no=2).pk, by=cast.admin, at=MID_YEAR)
    return made


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_list_shows_what_amends_what_and_can_be_narrowed(cast, base, change, as_user):
    client = as_user(cast.stranger)
    assert "Perubahan atas Keputusan IKU 2026" in page(client, "/keputusan/")
    assert f'href="{change.get_absolute_url()}"' not in page(client, "/keputusan/?status=enacted")


def test_the_list_costs_the_same_for_many_decrees(cast, base, as_user, query_cost):
    client = as_user(cast.operator)
    few = query_cost(client, "/keputusan/")
    for year in range(2010, 2020):
        builders.decree(year, amends=None)
    assert query_cost(client, "/keputusan/") == few


def test_the_page_of_a_decree_costs_the_same_for_many_indicators(cast, base, as_user, query_cost):
    client = as_user(cast.operator)
    few = query_cost(client, base.get_absolute_url())
    for no in range(10, 20):
        builders.indicator(cast.unit, no)
    assert query_cost(client, base.get_absolute_url()) == few


def test_changes_stand_side_by_side_and_can_be_narrowed(cast, change, as_user):
    client = as_user(cast.operator)
    text = page(client, f"{change.get_absolute_url()}perubahan/")
    assert "Nama &lt;b&gt;baru&lt;/b&gt;" in text
    assert "Berubah (1)" in text
    assert "Dihapus (1)" in text
    only_dropped = page(client, f"{change.get_absolute_url()}perubahan/?jenis=dropped")
    assert "Nama &lt;b&gt;" not in only_dropped
    assert "2. Indikator 2" in only_dropped


def test_a_decree_that_amends_nothing_says_so(cast, base, as_user):
    assert "Tidak mengubah keputusan lain" in page(as_user(cast.operator), f"{base.get_absolute_url()}perubahan/")


def test_the_annex_of_a_draft_is_made_on_the_spot_and_not_kept(cast, change, as_user):
    answer = as_user(cast.operator).get(f"{change.get_absolute_url()}lampiran.pdf")
    assert answer.content.startswith(b"%PDF")
    assert not documents.Document.objects.exists()


def test_an_admin_amends_and_copies_from_the_page(cast, base, as_user):
    client = as_user(cast.admin)
    amended = client.post(f"{base.get_absolute_url()}ubah/")
    assert amended.url == Decree.objects.get(amends=base).get_absolute_url()
    copied = client.post(f"{base.get_absolute_url()}salin/", {"year": "2027", "title": "IKU 2027"})
    assert copied.url == Decree.objects.get(year=2027).get_absolute_url()


def test_a_refused_act_says_why_and_keeps_what_was_typed(cast, base, as_user):
    answer = as_user(cast.admin).post(f"{base.get_absolute_url()}salin/", {"year": "2026", "title": "Judul ketikan"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Untuk tahun yang sama, buat perubahan." in text
    assert 'value="Judul ketikan"' in text


def test_initials_and_signature_are_given_with_a_password(cast, change, as_user):
    legal = builders.legal_head(cast.setjen)
    sekjen = builders.user(Role.SEKJEN, cast.setjen)
    seen = documents.content_hash(content_of(Decree.objects.get(pk=change.pk)))
    wrong = as_user(legal).post(f"{change.get_absolute_url()}paraf/", {"password": "salah", "content_hash": seen})
    assert "Kata sandi salah" in wrong.content.decode()
    proof = {"password": builders.PASSWORD, "content_hash": seen}
    for person, act in ((cast.karoren, "paraf"), (legal, "paraf"), (sekjen, "tanda-tangan")):
        assert as_user(person).post(f"{change.get_absolute_url()}{act}/", proof).status_code == 302
    change.refresh_from_db()
    assert change.is_enacted
    assert change.document.code in page(as_user(cast.stranger), change.get_absolute_url())


def test_the_signature_is_offered_after_both_initials_only(cast, change, as_user):
    sekjen = builders.user(Role.SEKJEN, cast.setjen)
    assert "Tanda tangani dan tetapkan" not in page(as_user(sekjen), change.get_absolute_url())
    seen = documents.content_hash(content_of(Decree.objects.get(pk=change.pk)))
    for person in (cast.karoren, builders.legal_head(cast.setjen)):
        decrees.initial(change.pk, content_hash=seen, by=person, at=MID_YEAR)
    assert "Tanda tangani dan tetapkan" in page(as_user(sekjen), change.get_absolute_url())


def test_the_row_and_the_card_name_their_version(cast, base, change, as_user):
    row = builders.row(base.indicators.get(no=1), 3)
    client = as_user(cast.operator)
    assert "Menurut" in page(client, row.get_absolute_url())
    assert "Digantikan oleh" in page(client, row.indicator.get_absolute_url())
    assert "Menggantikan" in page(client, change.indicators.get().get_absolute_url())


def test_number_date_and_legal_basis_of_a_draft_are_written_on_its_page(cast, as_user, row):
    draft = builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 7, 1))
    facts = {"number": "14/KEP-SJ/2026", "title": "Judul", "in_force_from": "2026-10-01", "legal_basis": "UU 1\n\nUU 2"}
    assert as_user(cast.admin).post(f"/keputusan/{draft.pk}/data/", facts).status_code == 302
    draft.refresh_from_db()
    assert (draft.number, draft.in_force_from, draft.legal_basis) == (
        "14/KEP-SJ/2026",
        date(2026, 10, 1),
        ["UU 1", "UU 2"],
    )


def test_a_date_of_another_year_is_refused_and_what_was_typed_stays(cast, as_user, row):
    draft = builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 7, 1))
    facts = {"number": "14", "title": "Judul lain", "in_force_from": "2027-01-01", "legal_basis": ""}
    answer = as_user(cast.admin).post(f"/keputusan/{draft.pk}/data/", facts)
    assert "Tanggal mulai berlaku harus di tahun 2026." in answer.content.decode()
    assert 'value="Judul lain"' in answer.content.decode()
    draft.refresh_from_db()
    assert draft.in_force_from == date(2026, 7, 1)
