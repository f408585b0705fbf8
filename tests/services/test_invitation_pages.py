"""Invitations in the portal: from the draft to the closed list of who came."""

import re
from datetime import timedelta

import builders
import pytest
from builders import at
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from reporting import home
from reporting import tasks as reporting_tasks
from services import tasks
from services.actions import case as cases
from services.actions import standard as standards
from services.models import Case, Invitation

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")
NOW, MEETING = at("2026-04-20 09:00"), at("2026-04-22 09:00")


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


@pytest.fixture
def issued(cast, case):
    times = {"begins_at": MEETING, "ends_at": MEETING + timedelta(hours=3)}
    draft = builders.invitation(by=cast.verifier, at=NOW, cases=[case], **times)
    return builders.issued(draft, by=cast.karoren, at=NOW)


def typed(case, **fields):
    return {
        "kind": "verification",
        "cases": [case.pk],
        "roles": ["operator"],
        "guests": "Tamu Contoh; tamu@example.test; Dinas Contoh",
        "subject": "Verifikasi  capaian",
        "nature": "normal",
        "agenda": "Memeriksa data dukung.",
        "begins_at": "2026-04-22T09:00",
        "ends_at": "2026-04-22T12:00",
        "place": "Aula",
        "link": "",
        "version": "0",
        **fields,
    }


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def test_from_the_case_to_the_issued_letter(cast, case, as_user):
    verifier, karoren = as_user(cast.verifier), as_user(cast.karoren)
    with builders.moment(NOW):
        address = re.search(r'href="(/undangan/baru/[^"]*)">Undang<', text_of(verifier.get(case.get_absolute_url())))[1]
        form = text_of(verifier.get(address))
        assert 'value="Undangan verifikasi capaian kinerja, Triwulan I 2026"' in form
        assert re.search(rf'name="cases"[^>]*value="{case.pk}" checked', form)
        assert verifier.post(address, typed(case)).status_code == 302
        draft = Invitation.objects.get()
        check = text_of(verifier.get(draft.get_absolute_url()))
        assert "2 orang akan diundang" in check
        assert "Terbitkan undangan</button>" not in check
        page = text_of(karoren.get(draft.get_absolute_url()))
        seen = re.search(r'name="seen" value="(\w+)"', page)[1]
        stale = karoren.post(f"/undangan/{draft.pk}/terbit/", {"seen": "lain"})
        assert "Periksa sekali lagi" in text_of(stale, 409)
        assert karoren.post(f"/undangan/{draft.pk}/terbit/", {"seen": seen}).status_code == 302
        assert "1/SJ.1/OT.310/IV/2026" in text_of(verifier.get(case.get_absolute_url()))
        assert verifier.get(f"/undangan/{draft.pk}/ubah/").status_code == 302
    assert Case.objects.get().resumes_at == MEETING


WRONG = [
    ({"begins_at": "2026-04-20T08:00"}, "Rapat harus mulai sesudah saat ini."),
    ({"ends_at": "2026-04-22T08:00"}, "Rapat harus selesai sesudah mulai."),
    ({"begins_at": ""}, "Isi hari dan jam mulai."),
    ({"place": ""}, "Isi tempat rapat, tautannya, atau keduanya."),
    ({"link": "http://rapat.example/"}, "https://"),
    ({"link": "javascript:alert(1)"}, "https://"),
    ({"guests": "Tanpa surel"}, "Baris 1: surel belum ditulis."),
    ({"guests": "A; a@b.test\nB; bukan-surel"}, "Baris 2:"),
    ({"guests": "x" * 20_001}, "20000"),
    ({"cases": ["999"]}, "tidak lagi menunggu"),
    ({"kind": "validation"}, "yang tidak memerlukan surat ini"),
    ({"roles": [], "guests": ""}, "Pilih unit dan peran yang diundang"),
    ({"subject": "<script>x</script>" * 20}, "200"),
]


def test_a_wrong_draft_comes_back_with_what_was_typed(cast, case, as_user, subtests):
    client = as_user(cast.verifier)
    for fields, said in WRONG:
        with subtests.test(said=said), builders.moment(NOW):
            text = text_of(client.post("/undangan/baru/", typed(case, **fields)), 422)
            assert said in text
            assert "Memeriksa data dukung." in text
            assert "<script>x" not in text
    assert not Invitation.objects.exists()


def test_a_draft_is_changed_and_a_second_editor_is_told(cast, case, as_user):
    client = as_user(cast.verifier)
    with builders.moment(NOW):
        client.post("/undangan/baru/", typed(case))
        draft = Invitation.objects.get()
        text = text_of(client.get(f"/undangan/{draft.pk}/ubah/"))
        assert "Tamu Contoh; tamu@example.test; Dinas Contoh" in text
        assert 'value="2026-04-22T09:00"' in text
        address = f"/undangan/{draft.pk}/ubah/"
        assert client.post(address, typed(case, version="1", place="Ruang 2")).status_code == 302
        assert "diubah orang lain" in text_of(client.post(address, typed(case, version="1")), 422)


def test_a_unit_where_nobody_holds_the_role_is_pointed_out(cast, case, as_user):
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    draft = builders.invitation(cast.unit, cast.bureau, by=lead, at=NOW)
    with builders.moment(NOW):
        text = text_of(as_user(cast.karoren).get(draft.get_absolute_url()))
    assert f"{cast.bureau.name}: tidak seorang pun" in text


def test_who_is_invited_answers_and_others_have_nothing_to_answer(cast, issued, as_user):
    client, address = as_user(cast.operator), f"/undangan/{issued.pk}/jawab/"
    with builders.moment(NOW):
        assert "Tulis nama yang mewakili Anda." in text_of(client.post(address, {"answer": "substitute"}), 422)
        assert client.post(address, {"answer": "substitute", "substitute": "Wawan"}).status_code == 302
        assert "Diwakili oleh Wawan" in text_of(client.get(issued.get_absolute_url()))
        text_of(as_user(cast.verifier).get(address), 404)
    with builders.moment(MEETING):
        assert "sudah dimulai" in text_of(client.post(address, {"answer": "attends"}), 409)
        assert "Kirim jawaban" not in text_of(client.get(address))


def test_a_guest_answers_through_the_link_of_the_mail(cast, issued, settings):
    with builders.moment(NOW):
        reporting_tasks.render_documents()
        tasks.send_invitations()
        body = next(one.body for one in mail.outbox if one.to == ["tamu@example.test"])
        link = next(word for word in body.split() if "/undangan/jawab/" in word).removeprefix(settings.BASE_URL)
        client = Client()
        assert "Tamu Contoh" in text_of(client.get(link))
        assert client.get(link)["Referrer-Policy"] == "no-referrer"
        assert client.post(link, {"answer": "attends"}).status_code == 302
        assert "Hadir, dijawab" in text_of(client.get(link))
        text_of(client.get(link[:-5] + "xxxx/"), 404)
        answered = issued.recipients.get(user=None)
        assert answered.answer == "attends"
        internal = issued.recipients.get(user=cast.operator).mails.get()
        assert internal.token_hash  # yet who has an account answers signed in
        operators = next(one.body for one in mail.outbox if one.to == [cast.operator.email])
        assert f"/undangan/{issued.pk}/jawab/" in operators


def test_karoren_moves_and_calls_off(cast, issued, as_user):
    client = as_user(cast.karoren)
    fields = {"begins_at": "2026-04-23T09:00", "ends_at": "2026-04-23T12:00", "place": "Aula", "link": ""}
    with builders.moment(NOW):
        refused = client.post(f"/undangan/{issued.pk}/pindah/", fields)
        assert "Tulis alasannya" in text_of(refused, 422)
        assert "2026-04-23T09:00" in refused.content.decode()
        early = client.post(f"/undangan/{issued.pk}/pindah/", fields | {"begins_at": "2026-04-19T09:00", "reason": "X"})
        assert "sesudah saat ini" in text_of(early, 422)
        assert client.post(f"/undangan/{issued.pk}/pindah/", fields | {"reason": "Ruang."}).status_code == 302
        text = text_of(client.get(issued.get_absolute_url()))
        assert "2/SJ.1/OT.310/IV/2026" in text
        assert "1/SJ.1/OT.310/IV/2026</a> (Ruang.)" in text
        assert client.post(f"/undangan/{issued.pk}/batal/", {"reason": "Ditunda."}).status_code == 302
        assert "Alasan: Ditunda." in text_of(client.get(issued.get_absolute_url()))


def test_who_came_is_ticked_printed_exported_and_closed(cast, issued, as_user):
    client, address = as_user(cast.verifier), f"/undangan/{issued.pk}/hadir/"
    mine, guest = issued.recipients.order_by("pk")
    with builders.moment(NOW):
        assert "Kehadiran dicatat sejak hari rapat" in text_of(client.get(address))
    with builders.moment(MEETING + timedelta(hours=1)):
        assert "Simpan kehadiran" in text_of(client.get(address))
        shown = {"shown": [mine.pk, guest.pk]}
        assert client.post(address, shown | {"came": [mine.pk, 9999, "x"]}).status_code == 302
        assert "Tulis namanya." in text_of(client.post(f"{address}tambah/", {"name": ""}), 422)
        assert client.post(f"{address}tambah/", {"name": "=Orang", "position": "Dinas"}).status_code == 302
        table = client.get(f"{address}?format=csv").content.decode()
        assert "Sari;Operator unit;Unit ROKEU;;;;Hadir" in table
        assert "'=Orang;Dinas;;;;;Hadir" in table
        assert client.get(f"{address}?format=xlsx")["Content-Type"].endswith("sheet")
        assert client.post(f"{address}tutup/").status_code == 302
        assert "Hadir 2 orang" in text_of(as_user(cast.operator).get(address))
        assert client.post(address, shown).status_code == 409
        assert as_user(cast.operator).post(address, shown).status_code == 403


def test_the_list_shows_what_concerns_a_person_and_finds_it(cast, issued, as_user):
    draft = builders.invitation(cast.unit, by=cast.verifier, at=NOW, subject="Rapat lain")
    with builders.moment(NOW):
        client = as_user(cast.verifier)
        everything = text_of(client.get("/undangan/?semua=ya"))
        assert draft.subject in everything
        assert issued.number in everything
        assert draft.subject not in text_of(client.get("/undangan/?status=issued"))
        assert issued.number in text_of(client.get("/undangan/?cari=triwulan+i+2026"))
        assert issued.number not in text_of(client.get("/undangan/?jenis=validation"))
        assert draft.subject not in text_of(as_user(cast.operator).get("/undangan/"))
        assert "Belum ada undangan" in text_of(as_user(cast.stranger).get("/undangan/"))
        text_of(as_user(cast.stranger).get(issued.get_absolute_url()), 404)


def test_the_home_page_names_what_waits_for_whom(cast, issued):
    draft = builders.invitation(cast.unit, by=cast.verifier, at=NOW, subject="Rapat lain")

    def tasks_of(user, when):
        with builders.moment(when):
            return [(task.title, task.about) for task in home.build(type(user).objects.get(pk=user.pk), when).tasks]

    assert ("Jawab undangan", issued.subject) in tasks_of(cast.operator, NOW)
    assert ("Jawab undangan", issued.subject) not in tasks_of(cast.operator, MEETING)
    assert ("Terbitkan undangan", f"{draft.subject}, disiapkan {cast.verifier.name}") in tasks_of(cast.karoren, NOW)
    assert "Catat kehadiran" not in {title for title, _ in tasks_of(cast.verifier, NOW)}
    assert ("Catat kehadiran", issued.subject) in tasks_of(cast.verifier, MEETING)


def cost(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_pages_take_the_same_queries_for_any_number_of_people_and_letters(cast, issued, as_user):
    client = as_user(cast.karoren)
    pages = ["/undangan/", issued.get_absolute_url(), f"/undangan/{issued.pk}/hadir/", "/", "/undangan/baru/"]
    with builders.moment(NOW):
        before = [cost(client, page) for page in pages]
        for number in range(4):
            builders.user(Role.OPERATOR, cast.unit)
            more = builders.invitation(cast.unit, by=cast.verifier, at=NOW, subject=f"Rapat {number}")
            issued.recipients.create(name=f"Orang {number}", email=f"o{number}@example.test", unit=cast.unit)
            if number % 2:
                builders.issued(more, by=cast.karoren, at=NOW)
        after = [cost(client, page) for page in pages]
        drafts = [cost(client, one.get_absolute_url()) for one in (Invitation.objects.drafts()[0],)]
    assert after == before
    assert drafts[0] <= 20
