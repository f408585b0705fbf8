"""Check, send, receipt, taking back, and extensions: the pages."""

import builders
import pytest
from builders import IN_TIME, at

from indicators.actions import evidence
from indicators.models import Achievement, Extension, Submission
from kinerjaku import documents

CHECK = "/capaian/2026/1/ROKEU/periksa/"
WITHDRAW = "/capaian/2026/1/ROKEU/tarik/"


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def test_the_check_leads_to_each_field_that_mends_it(cast, row, as_user):
    text = text_of(as_user(cast.operator).get(CHECK))
    for anchor in (f"#isian-{row.pk}-value_selesai", f"#isian-{row.pk}-progress", "#bukti"):
        assert f'href="/capaian/baris/{row.pk}/{anchor}"' in text
    assert "Kirim capaian" not in text


def test_sending_what_is_incomplete_shows_the_check_again(cast, row, as_user):
    text = text_of(as_user(cast.operator).post(CHECK), 422)
    assert "<title>Kesalahan: " in text
    assert "3 hal perlu dilengkapi" in text
    assert not Submission.objects.exists()


def test_what_is_complete_is_shown_once_more_then_sent_and_receipted(cast, row, as_user):
    builders.fill(row, by=cast.operator)
    client = as_user(cast.operator)
    assert "Kirim capaian" in text_of(client.get(CHECK))
    answer = client.post(CHECK, {"seen": client.get(CHECK).context["seen"]})
    assert answer["Location"] == "/pengiriman/TT-2026-TW1-ROKEU-01/"
    receipt = text_of(client.get(answer["Location"]))
    sent = Submission.objects.get()
    for words in (
        sent.number,
        sent.document.content_hash,
        "10 April 2026 pukul 09.00 WIB",
        "Berikutnya",
        sent.document.get_absolute_url(),
    ):
        assert words in receipt


def test_what_changed_since_it_was_shown_is_shown_again_and_not_sent(cast, row, as_user, save):
    builders.fill(row, by=cast.operator)
    client = as_user(cast.operator)
    seen = client.get(CHECK).context["seen"]
    save(row, by=cast.kasubag, selesai="12")
    page = client.post(CHECK, {"seen": seen})
    assert "Isian berubah sejak halaman ini dibuka" in text_of(page, 409)
    assert not Submission.objects.exists()
    assert client.post(CHECK, {"seen": page.context["seen"]}).status_code == 302


def test_a_file_exchanged_since_the_check_was_shown_is_noticed(cast, row, as_user):
    builders.fill(row, by=cast.operator)
    client = as_user(cast.operator)
    seen = client.get(CHECK).context["seen"]
    evidence.remove(row.evidence.get().pk, by=cast.operator, at=IN_TIME)
    evidence.attach(row.pk, builders.pdf("lain"), by=cast.operator, at=IN_TIME)
    assert client.post(CHECK, {"seen": seen}).status_code == 409


def test_a_viewer_sees_the_check_but_not_the_button(cast, row, as_user):
    builders.fill(row, by=cast.operator)
    client = as_user(cast.verifier)
    assert "Kirim capaian" not in text_of(client.get(CHECK))
    assert client.post(CHECK).status_code == 403


def test_a_foreign_check_does_not_exist(cast, row, as_user):
    assert as_user(cast.stranger).get(CHECK).status_code == 404
    assert as_user(cast.stranger).post(CHECK).status_code == 404


def test_sending_late_says_since_when(cast, row, as_user):
    builders.fill(row, by=cast.operator)
    with builders.moment(at("2026-04-16 00:00")):
        text = text_of(as_user(cast.operator).post(CHECK), 409)
    assert "sudah ditutup sejak 16 April 2026 pukul 00.00 WIB" in text


def test_a_check_after_sending_leads_to_the_receipt(cast, row, as_user):
    sent = builders.submitted(cast.unit, by=cast.operator)
    assert f'href="/pengiriman/{sent.number}/"' in text_of(as_user(cast.operator).get(CHECK))


def test_withdrawing_asks_first(cast, row, as_user):
    builders.submitted(cast.unit, by=cast.operator)
    client = as_user(cast.operator)
    assert "Tarik 1 capaian" in text_of(client.get(WITHDRAW))
    assert Achievement.objects.get(pk=row.pk).state == "submitted"
    assert client.post(WITHDRAW)["Location"] == "/capaian/2026/1/ROKEU/"
    assert Achievement.objects.get(pk=row.pk).state == "draft"


def test_after_the_deadline_the_withdrawal_page_says_why_not(cast, row, as_user):
    builders.submitted(cast.unit, by=cast.operator)
    with builders.moment(at("2026-04-16 00:00")):
        assert "Pengisian sudah ditutup" in text_of(as_user(cast.operator).get(WITHDRAW))


# Receipts


def test_the_receipt_is_frozen(cast, row, as_user):
    sent = builders.submitted(cast.unit, by=cast.operator)
    row.indicator.name = "Nama yang diubah kemudian"
    row.indicator.save()
    assert "Nama yang diubah kemudian" not in text_of(as_user(cast.operator).get(sent.get_absolute_url()))


def test_the_pdf_is_offered_once_it_is_made(cast, row, as_user):
    sent = builders.submitted(cast.unit, by=cast.operator)
    client = as_user(cast.operator)
    assert "PDF sedang dibuat" in text_of(client.get(sent.get_absolute_url()))
    assert "PDF sedang dibuat" in text_of(client.get(f"{sent.get_absolute_url()}pdf/"), 409)
    documents.render(sent.document_id, at=IN_TIME)
    answer = client.get(f"{sent.get_absolute_url()}pdf/")
    assert answer["Content-Disposition"] == f'attachment; filename="{sent.number}.pdf"'
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_receipts_of_other_units_do_not_exist(cast, row, as_user):
    sent = builders.submitted(cast.unit, by=cast.operator)
    client = as_user(cast.stranger)
    assert sent.number not in text_of(client.get("/pengiriman/"))
    assert client.get(sent.get_absolute_url()).status_code == 404
    assert client.get(f"{sent.get_absolute_url()}pdf/").status_code == 404


def test_the_list_of_receipts_is_found_by_number(cast, row, as_user):
    sent = builders.submitted(cast.unit, by=cast.operator)
    client = as_user(cast.verifier)
    assert sent.number in text_of(client.get("/pengiriman/?nomor=tw1-rokeu"))
    assert sent.number not in text_of(client.get("/pengiriman/?nomor=tw2"))


def test_the_list_of_receipts_takes_the_same_queries_for_any_number_of_rows(cast, row, as_user, query_cost):
    def receipts(numbers):
        for number in numbers:
            document = documents.freeze("receipt", "Tanda terima", {"n": number}, at=IN_TIME)
            Submission.objects.create(
                number=f"TT-{number}",
                quarter=row.quarter,
                unit=cast.unit,
                sequence=number,
                at=IN_TIME,
                by=cast.operator,
                document=document,
            )

    client = as_user(cast.operator)
    receipts([1, 2])
    few = query_cost(client, "/pengiriman/")
    receipts(range(3, 21))
    assert query_cost(client, "/pengiriman/") == few


# Extensions


def typed(cast, row, **fields):
    return {
        "quarter": row.quarter_id,
        "unit": cast.unit.pk,
        "last_day": "2026-04-20",
        "reason": "Server unit rusak.",
        "reference_number": "B.12/SJ.3/2026",
        **fields,
    }


def test_karoren_extends_to_the_end_of_a_day(cast, row, as_user):
    answer = as_user(cast.karoren).post("/perpanjangan/baru/", typed(cast, row))
    assert answer["Location"] == "/perpanjangan/"
    assert Extension.objects.get().until == at("2026-04-21 00:00")


def test_the_form_says_what_the_day_means(cast, row, as_user):
    assert "pukul 23.59 WIB pada tanggal ini" in text_of(as_user(cast.karoren).get("/perpanjangan/baru/"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"last_day": "2026-04-15"},
            "Tenggat baru harus sesudah tenggat yang berlaku, 15 April 2026 pukul 23.59 WIB.",
        ),
        ({"last_day": "2026-04-01"}, "Tenggat baru harus sesudah saat ini."),
        ({"last_day": "besok"}, "Tulis tanggal yang benar"),
        ({"last_day": "9999-12-31"}, "Periksa tahunnya."),
        ({"reason": " "}, "Tulis alasan perpanjangan."),
        ({"reference_number": ""}, "Tulis nomor surat rujukan."),
        ({"unit": "999999"}, "Pilih unit kerja dari daftar."),
    ],
)
def test_what_is_wrong_comes_back_with_the_reason_and_everything_typed(cast, row, as_user, fields, words):
    text = text_of(as_user(cast.karoren).post("/perpanjangan/baru/", typed(cast, row, **fields)), 422)
    assert words in text
    assert "<title>Kesalahan: " in text
    assert fields.get("reference_number", "B.12/SJ.3/2026") in text
    assert not Extension.objects.exists()


@pytest.mark.parametrize("person", ["operator", "verifier", "admin"])
def test_nobody_else_extends(cast, row, as_user, person):
    client = as_user(getattr(cast, person))
    assert client.get("/perpanjangan/baru/").status_code == 403
    assert client.post("/perpanjangan/baru/", typed(cast, row)).status_code == 403
    assert not Extension.objects.exists()


def test_extensions_are_listed_for_those_who_see_the_unit(cast, row, as_user):
    as_user(cast.karoren).post("/perpanjangan/baru/", typed(cast, row))
    assert "B.12/SJ.3/2026" in text_of(as_user(cast.operator).get("/perpanjangan/"))
    assert "B.12/SJ.3/2026" not in text_of(as_user(cast.stranger).get("/perpanjangan/"))


def test_the_list_of_extensions_takes_the_same_queries_for_any_number_of_rows(cast, row, as_user, query_cost):
    def grant(days):
        for day in days:
            Extension.objects.create(
                quarter=row.quarter,
                unit=cast.unit,
                until=at(f"2026-05-{day:02} 00:00"),
                reason="Server rusak.",
                reference_number=f"B.{day}",
                granted_by=cast.karoren,
                granted_at=IN_TIME,
            )

    client = as_user(cast.operator)
    grant([1, 2])
    few = query_cost(client, "/perpanjangan/")
    grant(range(3, 21))
    assert query_cost(client, "/perpanjangan/") == few
