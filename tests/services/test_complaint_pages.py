"""Complaints in the portal: the public form against robots and bad input, tracking, and the handlers' pages."""

from datetime import timedelta
from io import BytesIO

import builders
import pytest
from builders import at
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from accounts.roles import Role
from reporting import home
from services import robots
from services.actions import complaint as actions
from services.actions.complaint import Report
from services.complaint_flow import Act
from services.models import Complaint, ComplaintFile
from services.views import complaint as views

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 09:00")
HOUR = timedelta(hours=1)
LONG = "Panjang sekali. " * 6250  # 100,000 characters
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(MONDAY):
        yield


def typed(**fields):
    """What a person sends who opened the form a minute ago."""
    given = {
        "kind": "service",
        "service": "verification",
        "subject": "Hasil terlambat",
        "text": "Hasil verifikasi belum kami terima.",
        "mode": "anonymous",
        "seal": robots.seal(MONDAY - timedelta(minutes=1)),
        "homepage": "",
    }
    return {**given, **fields}


def send(client=None, **fields):
    return (client or Client()).post("/pengaduan/", typed(**fields))


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def received(key="kunci", **fields):
    what = {"kind": "service", "subject": "Lambat", "text": "Belum diterima.", "mode": "anonymous", **fields}
    return actions.receive(Report(**what), key=key, at=MONDAY)


@pytest.fixture
def mine():
    """A complaint, and a browser in which number and secret have opened it."""
    complaint, secret = received()
    client = Client()
    answer = client.post("/pengaduan/lacak/", {"number": complaint.number, "secret": secret})
    assert answer["Location"] == "/pengaduan/lacak/isi/"
    return complaint, client


# The public form


def test_the_receipt_shows_number_and_secret_and_nothing_keeps_the_secret(cast):
    client = Client()
    text = text_of(send(client))
    complaint = Complaint.objects.get()
    assert complaint.number in text
    secret = text.split("Kode rahasia</dt>")[1].split('hash">')[1].split("<")[0]
    assert len(secret) == 19
    assert "12 Mei" not in text
    assert "11 Mei 2026 pukul 23.59 WIB" in text
    assert secret not in str(dict(client.session))
    assert secret not in text_of(client.get("/pengaduan/"))


def test_the_same_form_sent_twice_shows_the_same_receipt(cast):
    fields = typed()
    first, second = (Client().post("/pengaduan/", fields).content for _ in range(2))
    assert Complaint.objects.count() == 1
    assert first.count(b"Tanda terima") == second.count(b"Tanda terima") > 0
    changed = Client().post("/pengaduan/", {**fields, "text": "Yang lain."})
    assert "sudah diterima dengan nomor ADU-2026-" in text_of(changed, 409)
    assert "Yang lain." in changed.content.decode()


def test_a_text_of_100_000_characters_is_answered_with_a_sentence_and_kept(cast):
    text = text_of(send(text=LONG), 422)
    assert "Paling banyak 5.000 karakter, tulisan Anda 99.999." in text
    assert LONG.strip() in text
    assert not Complaint.objects.exists()


def test_a_script_is_shown_as_text(cast, as_user):
    send(subject=SCRIPT, text=SCRIPT)
    complaint = Complaint.objects.get()
    for address in (complaint.get_absolute_url(), "/pengaduan/daftar/"):
        text = text_of(as_user(cast.karoren).get(address))
        assert SCRIPT not in text
        assert "&lt;script&gt;" in text


def test_a_refused_file_is_named_and_the_text_is_kept(cast):
    upload = SimpleUploadedFile("surat.pdf", b"MZ\x90\x00" + bytes(500))
    text = text_of(send(files=[upload]), 422)
    assert "“surat.pdf” tidak diterima." in text
    assert "Pilih lampiran sekali lagi" in text
    assert "Hasil verifikasi belum kami terima." in text
    assert not Complaint.objects.exists()


def test_files_come_with_the_complaint(cast):
    send(files=[builders.pdf("satu"), builders.pdf("dua")])
    assert sorted(ComplaintFile.objects.values_list("name", flat=True)) == ["dua.pdf", "satu.pdf"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"seal": robots.seal(MONDAY - timedelta(seconds=2))}, "terlalu cepat"),
        ({"seal": robots.seal(MONDAY + HOUR)}, "terlalu cepat"),
        ({"seal": robots.seal(MONDAY - timedelta(hours=25))}, "terlalu lama terbuka"),
        ({"seal": robots.seal(MONDAY) + "x"}, "tidak lengkap"),
        ({"seal": ""}, "tidak lengkap"),
        ({"homepage": "http://spam.example"}, "tampak dibuat mesin"),
    ],
)
def test_a_robot_is_told_kindly_and_what_was_typed_stays(cast, fields, said):
    text = text_of(send(**fields), 422)
    assert said in text
    assert "Hasil verifikasi belum kami terima." in text
    assert "spam.example" not in text
    assert not Complaint.objects.exists()


def test_a_form_that_came_back_can_be_sent_again(cast):
    refused = send(seal="")
    seal = refused.context["form"]["seal"].value()
    with builders.moment(MONDAY + timedelta(seconds=10)):
        assert send(seal=seal).status_code == 200


def test_one_address_sends_so_many_an_hour_and_no_more(cast):
    for _ in range(views.REPORTS.most):
        assert send().status_code == 200
    text = text_of(send(), 429)
    assert "sudah terlalu banyak kiriman" in text
    assert "Hasil verifikasi belum kami terima." in text
    assert Client(REMOTE_ADDR="10.0.0.9").post("/pengaduan/", typed()).status_code == 200


def test_anonymous_keeps_no_name_and_the_others_need_one(cast):
    send(name="Wati", email="wati@example.test", contact="0812")
    complaint = Complaint.objects.get()
    assert (complaint.name, complaint.email, complaint.contact) == ("", "", "")
    assert "Tulis nama Anda, atau pilih anonim." in text_of(send(mode="confidential"), 422)
    assert "Tulis alamat surel" in text_of(send(mode="named", name="Wati", email="bukan surel"), 422)


# Following


def test_a_wrong_number_and_a_wrong_secret_get_the_same_answer(cast):
    complaint, secret = received()
    wrong = [{"number": complaint.number, "secret": "A" * 16}, {"number": "ADU-2026-000000", "secret": secret}]
    said = []
    for fields in wrong:
        text = text_of(Client().post("/pengaduan/lacak/", fields), 422)
        said.append([line for line in text.splitlines() if "value=" not in line])
    assert said[0] == said[1]
    assert "Nomor atau kode rahasia tidak cocok." in "".join(said[0])


def test_guessing_ends_soon_also_with_the_right_secret(cast):
    complaint, secret = received()
    for _ in range(views.GUESSES.most):
        Client().post("/pengaduan/lacak/", {"number": complaint.number, "secret": "A" * 16})
    answer = Client().post("/pengaduan/lacak/", {"number": complaint.number, "secret": secret})
    assert "Terlalu banyak percobaan" in text_of(answer, 429)


def test_without_number_and_secret_nothing_is_open(cast):
    received()
    assert Client().get("/pengaduan/lacak/isi/")["Location"] == "/pengaduan/lacak/"


def test_the_dialogue_goes_both_ways(cast, mine):
    complaint, client = mine
    actions.reply(complaint.pk, Act.ANSWER, "Sudah kami kirim.", seen=1, by=cast.karoren, at=MONDAY)
    text = text_of(client.get("/pengaduan/lacak/isi/"))
    assert "Sudah kami kirim." in text
    assert "Dijawab" in text
    assert cast.karoren.name not in text
    fields = {"text": "Belum sampai.", "files": [builders.pdf("bukti")]}
    assert client.post("/pengaduan/lacak/tulis/", fields).status_code == 302
    text = text_of(client.get("/pengaduan/lacak/isi/"))
    assert "Belum sampai." in text
    assert "Ditangani" in text


def test_the_complainant_closes_and_opens_again(cast, mine):
    complaint, client = mine
    assert client.post("/pengaduan/lacak/tutup/", {"text": ""}).status_code == 302
    assert "Belum selesai?" in text_of(client.get("/pengaduan/lacak/isi/"))
    assert "Tulis apa yang belum selesai." in text_of(client.post("/pengaduan/lacak/buka-lagi/", {"text": ""}), 422)
    client.post("/pengaduan/lacak/buka-lagi/", {"text": "Terulang."})
    complaint.refresh_from_db()
    assert complaint.state == "in_progress"
    assert "tidak berlaku" in text_of(client.post("/pengaduan/lacak/buka-lagi/", {"text": "Lagi."}), 409)


def test_a_file_opens_for_its_complainant_and_for_nobody_else(cast):
    complaint, secret = actions.receive(
        Report("service", "Lambat", "Belum.", "anonymous"), key="k", at=MONDAY, uploads=[builders.pdf("surat")]
    )
    address = f"/pengaduan/lacak/berkas/{ComplaintFile.objects.get().pk}/"
    client, other = Client(), Client()
    client.post("/pengaduan/lacak/", {"number": complaint.number, "secret": secret})
    another, its_secret = received("lain")
    other.post("/pengaduan/lacak/", {"number": another.number, "secret": its_secret})
    assert client.get(address)["Content-Disposition"] == 'attachment; filename="surat.pdf"'
    assert other.get(address).status_code == 404


def test_after_two_hours_what_was_typed_comes_back_to_be_copied(mine):
    _, client = mine
    with builders.moment(MONDAY + 2 * HOUR):
        text = text_of(client.post("/pengaduan/lacak/tulis/", {"text": "Tulisan panjang saya."}), 403)
    assert "terlalu lama terbuka" in text
    assert "Tulisan panjang saya." in text


def test_leaving_closes_the_page_in_this_browser(mine):
    _, client = mine
    client.post("/pengaduan/lacak/selesai/")
    assert client.get("/pengaduan/lacak/isi/").status_code == 302


def test_pages_with_a_complaint_stay_in_no_cache(mine):
    _, client = mine
    for answer in (client.get("/pengaduan/lacak/isi/"), send(), client.get("/pengaduan/")):
        assert "no-store" in answer["Cache-Control"]


# Handlers


def test_a_handler_works_on_the_page(cast, as_user):
    complaint, client = received()[0], as_user(cast.karoren)
    address = complaint.get_absolute_url()
    assert client.post(f"{address}disposisi/", {"officer": cast.verifier.pk, "note": "Segera."}).status_code == 302
    officer = as_user(cast.verifier)
    assert "Segera." in text_of(officer.get(address))
    fields = {"act": "ANSWER", "text": "", "seen": 1}
    assert "Tulis pesannya dahulu." in text_of(officer.post(f"{address}jawab/", fields), 422)
    fields = {"act": "ANSWER", "text": "Sudah.", "seen": 0}
    stale = text_of(officer.post(f"{address}jawab/", fields), 409)
    assert "Ada pesan baru" in stale
    assert "Sudah." in stale
    assert officer.post(f"{address}jawab/", {**fields, "seen": 1}).status_code == 302
    assert officer.post(f"{address}tutup/", {"text": "Selesai."}).status_code == 302
    complaint.refresh_from_db()
    assert complaint.state == "closed"


def test_another_kind_needs_a_reason_on_the_page(cast, as_user):
    complaint, client = received()[0], as_user(cast.karoren)
    address = f"{complaint.get_absolute_url()}jenis/"
    assert "Tulis alasan" in text_of(client.post(address, {"kind": "supervision", "reason": ""}), 422)
    client.post(address, {"kind": "supervision", "reason": "Ada dugaan."})
    complaint.refresh_from_db()
    assert complaint.kind == "supervision"


def test_whoever_is_marked_no_longer_finds_it(cast, as_user):
    complaint, chief = received()[0], builders.user(Role.TEAM_LEAD, cast.bureau)
    address = complaint.get_absolute_url()
    as_user(chief).post(f"{address}diadukan/", {"people": [cast.karoren.pk]})
    assert as_user(cast.karoren).get(address).status_code == 404
    assert complaint.number not in text_of(as_user(cast.karoren).get("/pengaduan/daftar/"))
    assert cast.karoren.name in text_of(as_user(chief).get(address))


def test_a_confidential_name_shows_to_few_and_in_no_export(cast, as_user):
    fields = {"mode": "confidential", "name": "Wati Rahasia", "email": "wati@example.test", "contact": "0812"}
    complaint, _ = actions.receive(
        Report("service", "Lambat", "Belum.", **fields), key="k", at=MONDAY, uploads=[builders.pdf("Wati")]
    )
    lead = builders.user(Role.QUALITY_LEAD, cast.bureau)
    overseer = builders.user(Role.ITJEN_OVERSIGHT, cast.bureau)
    for person in (lead, overseer):
        text = text_of(as_user(person).get(complaint.get_absolute_url()))
        assert "dirahasiakan" in text
        assert "Wati Rahasia" not in text
    assert "Wati" not in text  # nor the name of a file
    assert "Wati Rahasia" in text_of(as_user(cast.karoren).get(complaint.get_absolute_url()))
    exported = text_of(as_user(cast.karoren).get("/pengaduan/daftar/?format=csv"))
    assert "Dirahasiakan" in exported
    assert "Wati" not in exported


def test_the_register_is_filtered(cast, as_user):
    late = actions.receive(
        Report("information", "Lama", "Mohon.", "anonymous"), key="lama", at=MONDAY - timedelta(days=30)
    )[0]
    fresh, client = received()[0], as_user(cast.karoren)
    for query, shown in {
        "batas=lewat": late,
        "jenis=service": fresh,
        "petugas=saya": None,
        "saluran=email": None,
    }.items():
        text = text_of(client.get(f"/pengaduan/daftar/?{query}"))
        assert [one for one in (late, fresh) if one.number in text] == ([shown] if shown else [])


def test_the_register_takes_the_same_queries_for_any_number(cast, as_user, django_assert_max_num_queries):
    client = as_user(cast.karoren)
    for number in range(20):
        received(str(number))
    client.get("/pengaduan/daftar/")
    with django_assert_max_num_queries(10):
        client.get("/pengaduan/daftar/")


def test_a_handler_registers_a_complaint_made_in_person(cast, as_user):
    client = as_user(cast.verifier)
    fields = typed(channel="in_person", received_on="2026-04-16", mode="named", name="Wati")
    assert "Kode rahasia" in text_of(client.post("/pengaduan/catat/", fields))
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.received_at) == ("in_person", at("2026-04-16 00:00"))
    refused = client.post("/pengaduan/catat/", {**fields, "received_on": "2026-04-21"})
    assert "paling akhir hari ini" in text_of(refused, 422)


def test_home_tells_the_handlers_what_waits(cast):
    complaint = received()[0]
    titles = lambda user, when: [task.title for task in home.build(user, when).tasks]  # noqa: E731
    assert titles(cast.karoren, MONDAY) == ["Disposisi pengaduan"]
    actions.assign(complaint.pk, cast.verifier, note="", by=cast.karoren, at=MONDAY)
    assert titles(cast.verifier, MONDAY) == ["Tanggapi pengaduan"]
    actions.reply(complaint.pk, Act.RESPOND, "Kami periksa.", seen=1, by=cast.verifier, at=MONDAY)
    with builders.moment(at("2026-05-12 00:00")) as later:
        assert titles(cast.verifier, later) == ["Jawab pengaduan"]
        assert titles(cast.karoren, later) == ["Pengaduan terlambat"]
    assert titles(cast.operator, MONDAY) == []


# Figures


def test_statistics_are_public_and_their_export_is_not(cast, as_user):
    received(mode="named", name="Wati")
    text = text_of(Client().get("/pengaduan/statistik/"))
    assert "Statistik pengaduan 2026" in text
    assert "Wati" not in text
    assert "Unduh" not in text
    assert Client().get("/pengaduan/statistik/?format=csv").status_code == 403
    assert "Jenis;Permintaan informasi;0" in text_of(as_user(cast.karoren).get("/pengaduan/statistik/?format=csv"))
    book = load_workbook(BytesIO(as_user(cast.karoren).get("/pengaduan/statistik/?format=xlsx").content))
    assert ("Diterima menurut bulan", "April 2026", 1) in list(book.active.values)


def test_the_way_to_complain_is_on_every_page(cast):
    assert 'href="/pengaduan/"' in text_of(Client().get("/standar/"))
