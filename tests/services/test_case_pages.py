"""Cases in the portal: the list, one case with its clock, and what people do with it."""

import builders
import pytest
from builders import at

from services.actions import case as actions
from services.actions import standard as standards
from services.models import Case

MONDAY = at("2026-04-20 07:30")
LATE = at("2026-04-24 09:00")


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return actions.complete_step(made.pk, 1, by=None, at=MONDAY)


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def test_the_case_says_what_is_used_and_left_in_words(cast, case, as_user):
    with builders.moment(at("2026-04-20 09:00")):
        text = text_of(as_user(cast.operator).get(case.get_absolute_url()))
    assert "1 jam 30 menit</strong> dari 23 jam 45 menit kerja, sisa 22 jam 15 menit" in text
    assert "23 April 2026 pukul 08.45 WIB" in text
    assert "Jeda jam layanan" not in text


def test_a_verifier_pauses_and_goes_on(cast, case, as_user):
    client = as_user(cast.verifier)
    with builders.moment(at("2026-04-20 09:00")):
        refused = client.post(f"/layanan/{case.pk}/jeda/", {"kind": "", "reason": "Menunggu dokumen."})
        assert "Pilih sebab jeda." in text_of(refused, 422)
        assert "Menunggu dokumen." in refused.content.decode()
        client.post(f"/layanan/{case.pk}/jeda/", {"kind": "waiting_for_unit", "reason": "Menunggu dokumen."})
        assert "Dijeda" in text_of(client.get(case.get_absolute_url()))
    with builders.moment(at("2026-04-21 09:00")):
        assert client.post(f"/layanan/{case.pk}/lanjut/").status_code == 302
    assert Case.objects.get().running_since == at("2026-04-21 09:00")


def test_the_list_is_filtered_and_exported(cast, case, as_user):
    client = as_user(cast.operator)
    assert "Triwulan I 2026" in text_of(client.get("/layanan/?layanan=verification&status=open"))
    assert "Triwulan I 2026" not in text_of(client.get("/layanan/?layanan=validation"))
    assert "Verifikasi capaian kinerja;Unit ROKEU" in text_of(client.get("/layanan/?semua=ya&format=csv"))


def test_the_list_takes_the_same_queries_for_any_number_of_cases(cast, case, as_user, django_assert_max_num_queries):
    client = as_user(cast.operator)
    for number in range(20):
        actions.start("validation", cast.unit, f"Usulan {number}", by=None, at=MONDAY, year=2030 + number)
    client.get("/layanan/")
    with django_assert_max_num_queries(12):
        client.get("/layanan/")


def test_cases_of_other_units_do_not_exist(cast, case, as_user):
    text_of(as_user(cast.stranger).get(case.get_absolute_url()), 404)
    assert "Belum ada berkas layanan" in text_of(as_user(cast.stranger).get("/layanan/"))
