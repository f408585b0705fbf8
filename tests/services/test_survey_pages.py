"""The survey in the portal: the form by a personal and by a public link, and the pages of those who run it."""

from datetime import date, timedelta

import builders
import pytest
from builders import at
from django.core.cache import cache
from django.test import Client

from accounts.roles import Role
from kinerjaku import documents
from services import robots
from services.actions import survey, survey_period
from services.models import FollowUp, SurveyAnswer, SurveyPeriod, SurveyProfile, SurveyRemark
from services.questionnaire import KEYS

pytestmark = pytest.mark.django_db
NOW = at("2026-05-04 09:00")
LATER = NOW + timedelta(minutes=2)
MARKS = dict.fromkeys(KEYS, "3")


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def link(cast):
    case = builders.finished_case(cast.unit, when=NOW)
    with builders.moment(NOW):
        survey.invite(case.pk, at=NOW)
    return f"/survei/tautan/{survey.token_for(cast.operator, case.pk)}/"


@pytest.fixture
def period(cast):
    return survey_period.save_period(
        None,
        name="SKM 2026",
        first_day=date(2026, 5, 1),
        last_day=date(2026, 5, 31),
        services=["validation", "verification"],
        population=40,
        by=cast.admin,
        at=NOW,
    )


def answered(count, *, of, score=3, service="verification", day=date(2026, 5, 4)):
    marks = dict.fromkeys(KEYS, score)
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(service=service, unit=of, answered_on=day, **marks) for _ in range(count)
    )


# By a personal link


def test_the_notice_leads_to_ones_own_link(cast, link, as_user):
    pk = cast.operator.notices.get().path.split("/")[3]
    with builders.moment(NOW):
        assert as_user(cast.operator).get(f"/survei/berkas/{pk}/").url == link
        assert as_user(cast.kasubag).get(f"/survei/berkas/{pk}/").url != link
        text_of(as_user(cast.stranger).get(f"/survei/berkas/{pk}/"), 404)


def test_the_form_is_filled_in_without_signing_in_and_only_once(link):
    client = Client()
    with builders.moment(NOW):
        page = text_of(client.get(link))
        assert page.count('type="radio"') == 36
        assert "Sangat mudah" in page
        assert client.post(link, {**MARKS, "sex": "f", "remark": "Cepat."}).url == "/survei/terima-kasih/"
        assert "sudah dipakai" in text_of(client.get(link), 410)
        assert "sudah dipakai" in text_of(client.post(link, MARKS), 410)
    assert SurveyAnswer.objects.count() == SurveyProfile.objects.count() == SurveyRemark.objects.count() == 1


def test_what_was_typed_comes_back_with_the_error(link):
    marks = {**MARKS, "fee": "5", "remark": "Mohon <b>dipercepat</b>.", "education": "bachelor"}
    del marks["time"]
    with builders.moment(NOW):
        page = text_of(Client().post(link, marks), 422)
    assert "Kesalahan: " in page
    assert "Pertanyaan 3: Pilih salah satu jawaban." in page
    assert "Pilih salah satu jawaban yang tersedia." in page
    assert page.count(" checked") == 7
    assert "Mohon &lt;b&gt;dipercepat&lt;/b&gt;." in page
    assert '<option value="bachelor" selected>' in page
    assert not SurveyAnswer.objects.exists()


def test_an_expired_link_says_so_and_keeps_what_was_typed(link):
    with builders.moment(at("2026-06-04 08:00")):
        assert "tidak berlaku sejak 4 Juni 2026" in text_of(Client().get(link), 410)
        page = text_of(Client().post(link, {**MARKS, "remark": "Terima kasih."}), 410)
    assert "tidak berlaku sejak 4 Juni 2026" in page
    assert "Terima kasih." in page
    assert page.count(" checked") == 9


@pytest.mark.parametrize("token", ["x", "0" * 64, "é" * 20, "a" * 5000])
def test_an_unknown_link_does_not_exist(link, token):
    with builders.moment(NOW):
        assert "Halaman tidak ditemukan" in text_of(Client().get(f"/survei/tautan/{token}/"), 404)
        text_of(Client().post(f"/survei/tautan/{token}/", MARKS), 404)


# By the public link


def stamped(client, address, when=NOW):
    """Open the form, as everybody has to."""
    with builders.moment(when):
        page = text_of(client.get(address))
    return {**MARKS, "service": "verification", "stamp": page.split('name="stamp" value="')[1].split('"')[0]}


def test_everybody_answers_in_the_open_period(cast, period):
    client, address = Client(), f"/survei/isi/{period.pk}/"
    fields = stamped(client, address)
    with builders.moment(LATER):
        assert client.post(address, {**fields, "unit": "ROKEU"}).url == "/survei/terima-kasih/"
        assert client.post(address, fields).status_code == 302  # a second click keeps nothing
    answer = SurveyAnswer.objects.get()
    assert (answer.unit, answer.service, answer.answered_on) == (cast.unit, "verification", date(2026, 5, 4))


@pytest.mark.parametrize(
    ("change", "when", "said"),
    [
        ({}, NOW + timedelta(seconds=3), "terlalu cepat"),
        ({"website": "http://x.test"}, LATER, "tersembunyi"),
        ({"stamp": "1777860000.abc:palsu"}, LATER, "sudah lama terbuka"),
        ({"stamp": ""}, LATER, "sudah lama terbuka"),
        ({}, NOW + timedelta(hours=13), "sudah lama terbuka"),
    ],
)
def test_a_robot_is_kept_out_and_a_person_sends_again(period, change, when, said):
    client, address = Client(), f"/survei/isi/{period.pk}/"
    fields = stamped(client, address)
    with builders.moment(when):
        page = text_of(client.post(address, {**fields, "remark": "Baik sekali.", **change}), 422)
    assert said in page
    assert "Baik sekali." in page
    assert page.count(" checked") == 9
    assert not SurveyAnswer.objects.exists()
    again = {**fields, "stamp": page.split('name="stamp" value="')[1].split('"')[0]}
    with builders.moment(when + timedelta(seconds=10)):
        assert client.post(address, again).status_code == 302
    assert SurveyAnswer.objects.count() == 1


def test_one_address_sends_only_so_many_and_its_address_is_kept_nowhere(period, monkeypatch):
    monkeypatch.setattr(robots, "MOST_AN_HOUR", 2)
    client, address = Client(REMOTE_ADDR="203.0.113.7"), f"/survei/isi/{period.pk}/"
    forms = [stamped(client, address) for _ in range(3)]
    with builders.moment(LATER):
        assert [client.post(address, fields).status_code for fields in forms] == [302, 302, 429]
        assert Client(REMOTE_ADDR="203.0.113.8").post(address, forms[2]).status_code == 302
    assert SurveyAnswer.objects.count() == 3
    assert not [key for key in cache._cache if "203.0.113" in key]


def test_a_period_that_is_not_open_says_when(period):
    with builders.moment(at("2026-04-30 23:59")):
        assert "dibuka mulai 1 Mei 2026" in text_of(Client().get(f"/survei/isi/{period.pk}/"), 409)
    with builders.moment(at("2026-06-01 00:00")):
        assert "sudah ditutup" in text_of(Client().get(f"/survei/isi/{period.pk}/"), 410)


# For everybody to read


def test_the_public_page_shows_what_was_published_and_no_names(cast, period):
    answered(6, of=cast.unit)
    facts = {"element": "time", "action": "Percepat.", "owner": cast.verifier, "due_on": date(2026, 7, 1)}
    survey_period.plan_follow_up(period.pk, None, **facts, by=cast.admin, at=NOW)
    with builders.moment(NOW):
        page = text_of(Client().get("/survei/"))
        assert "Belum ada hasil yang diterbitkan" in page
        assert f"/survei/isi/{period.pk}/" in page
    after = at("2026-06-01 09:00")
    done = survey_period.publish(period.pk, by=cast.karoren, at=after)
    answered(9, of=cast.unit, score=1)
    with builders.moment(after):
        documents.render(done.document_id, at=after)
        page = text_of(Client().get("/survei/"))
        pdf = Client().get(f"/survei/terbit/{period.pk}/pdf/")
        assert b"".join(pdf).startswith(b"%PDF")
    assert "75,00" in page
    assert "Mutu C: kurang baik" in page
    assert "6 dari 40 pengguna layanan" in page
    assert page.count("<rect") == 18
    assert "Percepat." in page
    assert cast.verifier.name not in page
    assert done.document.code in page


# For those who run it


def test_a_period_is_made_and_its_errors_keep_what_was_typed(cast, period, as_user):
    client = as_user(cast.admin)
    fields = {
        "name": "SKM kedua",
        "first_day": "2026-05-20",
        "last_day": "2026-05-10",
        "services": ["verification"],
        "population": "100",
    }
    with builders.moment(NOW):
        page = text_of(client.post("/survei/periode/baru/", fields), 422)
        assert "Hari terakhir mendahului hari pertama." in page
        assert "SKM kedua" in page
        page = text_of(client.post("/survei/periode/baru/", {**fields, "last_day": "2026-06-10"}), 409)
        assert "Beririsan dengan “SKM 2026” (1 Mei 2026 sampai 31 Mei 2026)" in page
        made = client.post("/survei/periode/baru/", {**fields, "first_day": "2026-06-01", "last_day": "2026-06-10"})
        assert made.url == SurveyPeriod.objects.get(name="SKM kedua").get_absolute_url()
        page = text_of(client.get(made.url))
    assert "kurang 80 responden" in page
    assert "<ins>1 Juni 2026</ins>" in page  # in its history


def test_the_period_goes_from_closing_to_publication(cast, period, as_user):
    answered(6, of=cast.unit)
    with builders.moment(NOW):
        assert as_user(cast.admin).post(f"/survei/periode/{period.pk}/tutup/").status_code == 302
        assert "Tanda tangani dan terbitkan" not in text_of(as_user(cast.admin).get(period.get_absolute_url()))
        client = as_user(cast.karoren)
        assert "Tanda tangani dan terbitkan" in text_of(client.get(period.get_absolute_url()))
        assert client.post(f"/survei/periode/{period.pk}/terbit/").status_code == 302
        assert "sudah diterbitkan" in text_of(client.post(f"/survei/periode/{period.pk}/terbit/"), 409)


def test_results_are_filtered_and_exported_as_figures_only(cast, period, as_user):
    answered(6, of=cast.unit)
    answered(5, of=cast.bureau, service="validation", score=4, day=date(2025, 5, 4))
    client = as_user(cast.karoren)
    with builders.moment(NOW):
        page = text_of(client.get("/survei/hasil/"))
        assert "86,36" in page  # (6 x 75 + 5 x 100) / 11
        assert "75,00" in text_of(client.get("/survei/hasil/?layanan=verification"))
        assert "100,00" in text_of(client.get("/survei/hasil/?waktu=2025"))
        assert "75,00" in text_of(client.get(f"/survei/hasil/?waktu=periode-{period.pk}&unit=ROKEU"))
        table = text_of(client.get("/survei/hasil/?semua=ya&format=csv"))
        assert client.get("/survei/hasil/?format=xlsx").status_code == 200
    lines = table.splitlines()
    assert lines[1].startswith("Seluruhnya;Seluruhnya;11;86,36;B;3,45;")
    assert "Unit kerja;Unit ROKEU;6;75,00;C;3,00;3,00" in table
    assert len(lines) == 9  # head, whole, two services, two units, one period, two years


def test_a_small_unit_is_not_shown_by_asking_for_it_alone(cast, period, as_user):
    answered(8, of=cast.unit)
    answered(2, of=cast.bureau, score=1)
    with builders.moment(NOW):
        page = text_of(as_user(cast.karoren).get("/survei/hasil/?unit=ROREN"))
        assert "Jawabannya terlalu sedikit" in page
        table = text_of(as_user(cast.karoren).get("/survei/hasil/?unit=ROKEU&format=csv"))
    assert table.splitlines()[1:] == ["Seluruhnya;Seluruhnya;8;;;;;;;;;;;"]


def test_results_take_the_same_queries_however_many_answers(cast, period, as_user, django_assert_max_num_queries):
    answered(500, of=cast.unit)
    client = as_user(cast.karoren)
    with builders.moment(NOW), django_assert_max_num_queries(16):
        text_of(client.get("/survei/hasil/"))


def test_remarks_show_the_day_after_without_date_and_unit(cast, link, as_user):
    client = as_user(cast.karoren)
    with builders.moment(NOW):
        Client().post(link, {**MARKS, "remark": "=Mohon dipercepat"})
        assert "Belum ada saran" in text_of(client.get("/survei/saran/"))
    survey.shake(before=date(2026, 5, 5))
    with builders.moment(at("2026-05-05 09:00")):
        assert "=Mohon dipercepat" in text_of(client.get("/survei/saran/?layanan=verification"))
        table = text_of(client.get("/survei/saran/?semua=ya&format=csv"))
    assert table.splitlines()[1:] == ["Verifikasi capaian kinerja;2026;'=Mohon dipercepat"]


def test_a_follow_up_is_planned_and_finished_by_its_owner(cast, period, as_user):
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    address = f"/survei/periode/{period.pk}/tindak-lanjut/"
    fields = {"element": "time", "action": "Percepat.", "owner": cast.verifier.pk, "due_on": "2026-05-01"}
    with builders.moment(NOW):
        assert "Tanggalnya sudah lewat." in text_of(as_user(lead).post(address, fields), 422)
        assert "Pilih penanggung" in text_of(as_user(lead).post(address, {**fields, "owner": ""}), 422)
        wrong = as_user(lead).post(address, {**fields, "owner": cast.operator.pk})  # not of the bureau
        assert wrong.status_code == 422
        done = as_user(lead).post(address, {**fields, "due_on": "2026-06-01"})
        planned = FollowUp.objects.get()
        assert done.url == planned.get_absolute_url()
        owner = as_user(cast.verifier)
        assert "Percepat." in text_of(owner.get(done.url))
        assert "Selesaikan tindak lanjut survei" in text_of(owner.get("/"))
        assert "Tulis buktinya" in text_of(owner.post(done.url, {"proof": ""}), 422)
        assert owner.post(done.url, {"proof": "Surat 12"}).status_code == 302
        assert "Selesai" in text_of(owner.get(done.url))
        assert "Selesaikan tindak lanjut survei" not in text_of(owner.get("/"))
        text_of(as_user(cast.operator).get(done.url), 404)
        text_of(as_user(builders.user(Role.SEKJEN, cast.setjen)).post(done.url, {"proof": "x"}), 403)


def test_karoren_is_asked_at_home_to_publish_what_is_over(cast, period, as_user):
    with builders.moment(at("2026-06-01 08:00")):
        assert "Terbitkan hasil survei" in text_of(as_user(cast.karoren).get("/"))
        assert "Terbitkan hasil survei" not in text_of(as_user(cast.admin).get("/"))
