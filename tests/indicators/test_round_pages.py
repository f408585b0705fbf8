"""The pages of a collection round, and what other pages say of it."""

import builders
import pytest
from builders import IN_TIME, PASSWORD, handed_out, lines, moment, opened_round, returned_by
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import strip_tags

from accounts.roles import Role
from indicators.actions import round_approval as approval
from indicators.actions import round_format as formats
from indicators.models import Achievement, CollectionRound, Submission
from reporting import home
from services.actions import standard as standards

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with moment(IN_TIME):
        yield


def words(answer):
    return " ".join(strip_tags(answer.content.decode()).split())


def typed(of, *officials, act, **other):
    """The table of the format as a browser sends it."""
    data = {"version": CollectionRound.objects.get(pk=of.pk).version, "act": act}
    for line in lines(of, *officials):
        data |= {
            f"baris-{line.assignment}-official": line.official or "",
            f"baris-{line.assignment}-due_on": line.due_on.isoformat(),
            f"baris-{line.assignment}-instruction": line.instruction,
        }
    return data | other


def titles(user):
    return [task.title for task in home.build(user, IN_TIME).tasks]


def waits(user):
    return {task.title: task.why_not for task in home.build(user, IN_TIME).waiting}


def test_a_round_is_opened_from_the_entry_page_and_twice_leads_to_the_same(cast, rows, as_user):
    standards.load(at=IN_TIME)
    client = as_user(cast.kasubag)
    assert "Buka pengumpulan data" in words(client.get("/capaian/2026/1/ROKEU/"))
    first = client.post("/pengumpulan/buka/2026/1/ROKEU/")
    made = CollectionRound.objects.get()
    assert (first.status_code, first.url) == (302, made.get_absolute_url())
    assert client.post("/pengumpulan/buka/2026/1/ROKEU/").url == first.url
    assert client.get("/pengumpulan/buka/2026/1/ROKEU/").url == "/capaian/2026/1/ROKEU/"
    assert "langkah 1 dari 8" in words(client.get("/capaian/2026/1/ROKEU/"))
    assert "Buka pengumpulan data" in words(client.get(made.case.get_absolute_url()))


def test_the_page_of_new_cases_begins_a_round_too(cast, rows, as_user):
    standards.load(at=IN_TIME)
    client = as_user(cast.kasubag)
    data = {"key": "collection", "unit": "ROKEU", "year": 2026, "quarter": ""}
    refused = client.post("/layanan/baru/", data)
    assert refused.status_code == 422
    assert "Pilih triwulannya" in words(refused)
    assert client.post("/layanan/baru/", data | {"quarter": 1}).status_code == 302
    assert CollectionRound.objects.get().case.subject == "Triwulan I 2026"


def test_the_list_offers_what_can_be_opened(cast, rows, as_user):
    standards.load(at=IN_TIME)
    text = words(as_user(cast.operator).get("/pengumpulan/"))
    assert "Triwulan I 2026, 2 indikator" in text
    opened_round(cast.unit, by=cast.kasubag)
    assert "2 indikator" not in words(as_user(cast.operator).get("/pengumpulan/"))


@pytest.mark.parametrize(("query", "shown"), [("", 1), ("?langkah=1", 1), ("?langkah=4", 0), ("?status=done", 0)])
def test_the_list_is_filtered_and_exported(cast, rows, as_user, query, shown):
    opened_round(cast.unit, by=cast.kasubag)
    client = as_user(cast.karoren)
    assert words(client.get(f"/pengumpulan/{query or '?semua=ya'}")).count("Unit ROKEU, Triwulan I 2026") == shown
    exported = client.get(f"/pengumpulan/{query}{'&' if query else '?'}format=csv").content.decode()
    assert exported.count("Unit ROKEU") == shown


def test_the_list_takes_the_same_queries_for_any_number_of_rounds(cast, rows, as_user, query_cost):
    opened_round(cast.unit, by=cast.kasubag)
    client = as_user(cast.karoren)
    few = query_cost(client, "/pengumpulan/")
    for code in ("A", "B", "C"):
        unit = builders.unit(code, parent=cast.setjen)
        builders.row(builders.indicator(unit))
        opened_round(unit, by=builders.user(Role.KASUBAG, unit))
    assert query_cost(client, "/pengumpulan/") == few


@pytest.mark.parametrize("step", [1, 4, 5])
def test_a_round_takes_the_same_queries_for_any_number_of_rows(cast, second, as_user, query_cost, step):
    costs = []
    for count in (2, 6):
        unit = builders.unit(f"UJI{count}", parent=cast.setjen)
        people = [builders.user(role, unit) for role in (Role.OPERATOR, Role.KASUBAG, Role.OFFICIAL)]
        operator, kasubag, official = people
        for no in range(1, count + 1):
            builders.row(builders.indicator(unit, no))
        if step == 1:
            made, reader = opened_round(unit, by=kasubag), operator
        else:
            made, reader = handed_out(unit, official, staff=operator, kasubag=kasubag), official
        if step == 5:
            made, reader = returned_by(made, official), kasubag
        costs.append(query_cost(as_user(reader), made.get_absolute_url()))
    assert costs[0] == costs[1]


def test_the_format_is_drafted_corrected_and_handed_out(cast, rows, second, as_user):
    made = opened_round(cast.unit, by=cast.kasubag)
    operator, kasubag, address = as_user(cast.operator), as_user(cast.kasubag), f"{made.get_absolute_url()}format/"
    assert operator.post(address, typed(made, cast.official, second, act="simpan")).status_code == 302
    operator.post(address, typed(made, cast.official, second, act="kirim"))
    assert "Menunggu Kasubag" in words(operator.get(made.get_absolute_url()))
    kasubag.post(f"{address}kembalikan/", {"reason": "Batas terlalu dekat."})
    assert "Batas terlalu dekat." in words(operator.get(made.get_absolute_url()))
    operator.post(address, typed(made, cast.official, second, act="kirim"))
    kasubag.post(address, typed(made, cast.official, second, act="setujui"))
    operator.post(address, typed(made, act="bagikan"))
    assert CollectionRound.objects.for_pages().get().stage == 4
    assert operator.get(address).url == made.get_absolute_url()


def test_nothing_typed_into_the_format_is_lost(cast, rows, second, as_user):
    made = opened_round(cast.unit, by=cast.kasubag)
    first = made.assignments.order_by("pk")[0]
    data = typed(made, cast.official, second, act="kirim")
    data |= {f"baris-{first.pk}-due_on": "besok", f"baris-{first.pk}-instruction": "Angka kumulatif sampai Maret."}
    answer = as_user(cast.operator).post(f"{made.get_absolute_url()}format/", data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "IKU 1. Batas pengisian: Tulis tanggal yang benar" in text
    assert 'value="besok"' in text
    assert "Angka kumulatif sampai Maret." in text
    empty = data | {f"baris-{first.pk}-due_on": "", f"baris-{first.pk}-official": ""}
    answer = as_user(cast.operator).post(f"{made.get_absolute_url()}format/", empty)
    assert answer.status_code == 422
    assert "IKU 1. Pejabat: Pilih pejabat yang mengisi." in words(answer)


def test_a_format_that_somebody_else_saved_comes_back_with_what_was_typed(cast, rows, second, as_user):
    made = opened_round(cast.unit, by=cast.kasubag)
    data = typed(made, cast.official, act="simpan")
    formats.save(made.pk, lines(made, second), version=0, by=cast.operator, at=IN_TIME)
    answer = as_user(cast.kasubag).post(f"{made.get_absolute_url()}format/", data)
    assert answer.status_code == 409
    assert "sudah diubah orang lain" in words(answer)
    assert "Tersimpan: Tono" in words(answer)
    assert f'<option value="{cast.official.pk}" selected>' in answer.content.decode()
    again = as_user(cast.kasubag).post(f"{made.get_absolute_url()}format/", data | {"version": 1})
    assert again.status_code == 302


def test_an_official_sees_their_rows_and_returns_the_format(cast, rows, filling_in, as_user):
    client, address = as_user(cast.official), filling_in.get_absolute_url()
    text = words(client.get(address))
    assert "1 indikator ditugaskan kepada Anda" in text
    assert "Isi angka kumulatif." in text
    refused = client.post(f"{address}formulir/kembalikan/")
    assert refused.status_code == 422
    table = words(client.get("/capaian/2026/1/ROKEU/"))
    assert "1 baris ditugaskan kepada Anda" in table
    assert "Ditugaskan kepada Tono sampai 14 April 2026" in table
    page = words(client.get(rows[0].get_absolute_url()))
    assert "Isi paling lambat 14 April 2026" in page
    builders.fill(Achievement.objects.get(pk=rows[0].pk), by=cast.official)
    assert "Kembalikan formulir saya" in words(client.get(address))
    assert client.post(f"{address}formulir/kembalikan/").status_code == 302
    assert "Formulir Anda sudah dikembalikan" in words(client.get(address))


def test_a_locked_row_says_whose_it_is_on_every_way_in(cast, rows, filling_in, as_user):
    client = as_user(cast.operator)
    answer = client.post(f"{rows[0].get_absolute_url()}simpan/", {"version": "0", "progress": "Isian operator."})
    assert answer.status_code == 409
    assert "Ditugaskan kepada" in words(answer)
    assert "Isian operator." in words(answer)
    upload = client.post(f"{rows[0].get_absolute_url()}bukti/", {"berkas": builders.pdf()})
    assert upload.status_code == 409
    table = SimpleUploadedFile("isi.csv", b"versi;no;penjelasan\n0;1;Dari berkas\n", content_type="text/csv")
    answer = client.post("/capaian/2026/1/ROKEU/impor/", {"berkas": table})
    assert "Ditugaskan kepada" in words(client.get(answer["Location"]))


def test_the_kasubag_hands_a_row_to_somebody_else(cast, rows, filling_in, second, as_user):
    given = filling_in.assignments.get(achievement=rows[0])
    address = f"{filling_in.get_absolute_url()}alihkan/"
    client, data = as_user(cast.kasubag), {"assignment": given.pk, "official": second.pk, "due_on": "2026-04-15"}
    answer = client.post(address, data | {"reason": ""})
    assert answer.status_code == 422
    assert "Tulis alasan pengalihan." in words(answer)
    wrong = client.post(address, data | {"reason": "Cuti.", "due_on": "2026-04-20"})
    assert wrong.status_code == 422
    assert "Cuti." in wrong.content.decode()
    assert client.post(address, data | {"reason": "Cuti."}).status_code == 302
    given.refresh_from_db()
    assert given.official == second


def test_the_kasubag_accepts_all_or_returns_what_has_a_note(cast, rows, checking, as_user):
    client, address = as_user(cast.kasubag), checking.get_absolute_url()
    wrong = checking.assignments.get(achievement=rows[1])
    content = {"content_hash": approval.content_hash_of(approval.rows_of(checking))}
    note = {f"perbaiki-{wrong.pk}": "Rekap kurang."}
    both = client.post(f"{address}terima/", content | note)
    assert both.status_code == 422
    assert "Rekap kurang." in both.content.decode()
    assert client.post(f"{address}terima/", {"content_hash": "lain"}).status_code == 409
    assert client.post(f"{address}isian/kembalikan/", content).status_code == 422
    assert client.post(f"{address}isian/kembalikan/", content | note).status_code == 302
    assert CollectionRound.objects.for_pages().get().stage == 4


def test_who_initials_and_signs_proves_who_they_are(cast, rows, checking, as_user):
    kasubag, official, address = as_user(cast.kasubag), as_user(cast.official), checking.get_absolute_url()
    content = {"content_hash": approval.content_hash_of(approval.rows_of(checking))}
    kasubag.post(f"{address}terima/", content)
    shown = words(kasubag.get(address))
    assert "Kendala: Tidak ada." in shown
    assert f"bukti-{rows[0].pk}.pdf" in shown
    wrong = kasubag.post(f"{address}paraf/", content | {"password": "keliru"})
    assert wrong.status_code == 422
    assert "Kata sandi salah" in words(wrong)
    stale = kasubag.post(f"{address}paraf/", {"content_hash": "0" * 64, "password": PASSWORD})
    assert stale.status_code == 409
    early = official.post(f"{address}tanda-tangan/", content | {"password": "keliru"})
    assert early.status_code == 409  # no password is tried for nothing
    assert kasubag.post(f"{address}paraf/", content | {"password": PASSWORD}).status_code == 302
    assert content["content_hash"] in words(official.get(address))
    assert official.post(f"{address}tanda-tangan/", content | {"password": PASSWORD}).status_code == 302
    text = words(official.get(address))
    assert Submission.objects.get().number in text
    assert "Diparaf Budi" in text
    assert "Paraf Kasubag" in words(official.get(Submission.objects.get().document.get_absolute_url()))


def test_a_signature_is_refused_row_by_row(cast, rows, checking, as_user):
    approval.accept(
        checking.pk, content_hash=approval.content_hash_of(approval.rows_of(checking)), by=cast.kasubag, at=IN_TIME
    )
    client, address = as_user(cast.kasubag), f"{checking.get_absolute_url()}isian/kembalikan/"
    answer = client.post(address, {})
    assert answer.status_code == 422
    assert "Tulis yang perlu diperbaiki" in words(answer)
    wrong = checking.assignments.get(achievement=rows[1])
    assert client.post(address, {f"perbaiki-{wrong.pk}": "Angka keliru."}).status_code == 302


def test_the_page_of_sending_names_the_round_instead(cast, rows, filling_in, as_user):
    client = as_user(cast.operator)
    page = words(client.get("/capaian/2026/1/ROKEU/periksa/"))
    assert "dikirim lewat pengumpulan data unit, kini pada langkah 4: mengisi format" in page
    assert "Kirim capaian" not in page
    answer = client.post("/capaian/2026/1/ROKEU/periksa/")
    assert answer.status_code == 409
    assert "langkah 4: mengisi format" in words(answer)


def test_a_round_is_cancelled_with_a_reason(cast, rows, filling_in, as_user):
    client, address = as_user(cast.kasubag), filling_in.get_absolute_url()
    assert client.post(f"{address}batalkan/", {"reason": ""}).status_code == 422
    assert client.post(f"{address}batalkan/", {"reason": "Langsung saja."}).status_code == 302
    assert "Langsung saja." in words(client.get(address))
    assert client.post(f"{address}batalkan/", {"reason": "Lagi."}).status_code == 409


def test_each_step_shows_its_times(cast, rows, filling_in, as_user):
    text = words(as_user(cast.verifier).get(filling_in.get_absolute_url()))
    assert "Mengisi format dan mengembalikannya Pejabat terkait 22 jam 30 menit 0 menit Sedang dikerjakan" in text


# The home page


def test_home_has_a_task_for_whoever_does_the_step(cast, rows, second):
    made = opened_round(cast.unit, by=cast.kasubag)
    assert "Susun format" in titles(cast.operator)
    assert waits(cast.kasubag)["Susun format"] == "Menunggu staf unit."
    made = formats.send(made.pk, lines(made, second), version=0, by=cast.operator, at=IN_TIME)
    assert "Koreksi format" in titles(cast.kasubag)
    assert "Koreksi format" in waits(cast.operator)
    made = formats.approve(made.pk, lines(made, second), version=made.version, by=cast.kasubag, at=IN_TIME)
    assert "Bagikan format" in titles(cast.operator)
    formats.hand_out(made.pk, lines(made), version=made.version, by=cast.operator, at=IN_TIME)
    task = home.build(second, IN_TIME).tasks[0]
    assert (task.title, task.state) == ("Isi capaian yang ditugaskan", "2 indikator")
    assert task.due == "14 April 2026 pukul 23.59 WIB"
    assert waits(cast.kasubag)["Pengisian oleh pejabat"] == "Menunggu formulir 1 pejabat, 2 indikator."


def test_home_has_the_steps_of_the_kasubag_and_the_signer(cast, rows, checking):
    assert "Periksa isian" in titles(cast.kasubag)
    seen = approval.content_hash_of(approval.rows_of(checking))
    approval.accept(checking.pk, content_hash=seen, by=cast.kasubag, at=IN_TIME)
    assert "Paraf capaian" in titles(cast.kasubag)
    approval.initial(checking.pk, content_hash=seen, by=cast.kasubag, at=IN_TIME)
    assert "Tanda tangani dan kirim capaian" in titles(cast.official)


def test_home_does_not_ask_to_send_what_a_round_sends(cast, rows):
    assert "Isi capaian" in titles(cast.operator)
    opened_round(cast.unit, by=cast.kasubag)
    assert not {"Isi capaian", "Periksa dan kirim"} & {*titles(cast.operator), *waits(cast.operator)}


def test_the_first_row_is_copied_into_the_empty_ones_without_being_saved(cast, rows, second, as_user):
    made = opened_round(cast.unit, by=cast.operator)
    kept = set(made.assignments.values_list("official", flat=True))
    data = typed(made, second, act="samakan")
    last = made.assignments.order_by("achievement__indicator__no").last()
    data[f"baris-{last.pk}-official"] = ""
    page = as_user(cast.operator).post(f"/pengumpulan/{made.pk}/format/", data).content.decode()
    assert "Belum tersimpan" in page
    assert page.count(f'<option value="{second.pk}" selected>') == 2
    assert set(made.assignments.values_list("official", flat=True)) == kept


def test_an_official_takes_the_format_back_while_others_fill_in(cast, rows, filling_in, second, as_user):
    returned_by(filling_in, cast.official)
    client = as_user(cast.official)
    assert "Ambil kembali formulir saya" in client.get(filling_in.get_absolute_url()).content.decode()
    client.post(f"/pengumpulan/{filling_in.pk}/formulir/ambil/")
    assert filling_in.assignments.get(official=cast.official).done_at is None
    returned_by(filling_in, second)
    assert CollectionRound.objects.get(pk=filling_in.pk).stage == 4


def test_what_the_kasubag_checks_is_not_taken_back(cast, rows, checking, as_user):
    answer = as_user(cast.official).post(f"/pengumpulan/{checking.pk}/formulir/ambil/")
    assert answer.status_code == 409
    assert not checking.assignments.filter(done_at=None).exists()
