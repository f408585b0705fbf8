"""The pages of what is owed: the list, one obligation, the letter; what is typed comes back when it is refused."""

import builders
import pytest
from builders import at

from accounts.roles import Role
from reporting import home
from reporting.tasks import render_documents
from services import tasks
from services.actions import apology, compensation
from services.actions import case as cases
from services.actions import standard as standards
from services.models import Apology, Obligation

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")
LATE = at("2026-04-24 09:00")
LATER = at("2026-05-05 09:00")
TEXTS = {"cause": "Dokumen terlambat diperiksa.", "prevention": "Jadwal periksa ditambah."}


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


@pytest.fixture
def late(case):
    with builders.moment(LATE):
        tasks.sound_clocks()
        yield case


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def oral(cast, **changes):
    return {
        "given_by": cast.verifier.pk,
        "to": "Sari Dewi",
        "position": "Kepala Biro Keuangan",
        "when": "2026-04-24T08:00",
        "manner": "telephone",
    } | changes


def test_the_list_shows_what_is_late_first_and_is_filtered_and_exported(cast, late, as_user):
    client = as_user(cast.operator)
    text = text_of(client.get("/layanan/kompensasi/"))
    assert text.index("Permohonan maaf lisan<span") < text.index("Permohonan maaf tertulis<span")
    assert "Segera" in text
    for query, shown in (
        ("status=overdue", "lisan"),
        ("status=owed", "tertulis"),
        ("jenis=oral&layanan=verification&unit=ROKEU", "lisan"),
        (f"jenis=written&oleh={cast.verifier.pk}", "tertulis"),
    ):
        rows = text_of(client.get(f"/layanan/kompensasi/?{query}")).split("<tbody>")[1].split("</tbody>")[0]
        assert rows.count("<tr>") == 1
        assert f"maaf {shown}<" in rows
    assert "Tidak ada kewajiban yang cocok" in text_of(client.get("/layanan/kompensasi/?status=waived"))
    exported = text_of(client.get("/layanan/kompensasi/?semua=ya&format=csv"))
    assert "Permohonan maaf lisan;Verifikasi capaian kinerja;Unit ROKEU;Triwulan I 2026;2026-04-23 08:45" in exported
    assert "Tidak ada kompensasi yang terutang" in text_of(as_user(cast.stranger).get("/layanan/kompensasi/?semua=ya"))


def test_the_list_takes_the_same_queries_for_any_number_of_rows(cast, late, as_user, django_assert_num_queries):
    client = as_user(cast.operator)
    client.get("/layanan/kompensasi/")
    with django_assert_num_queries(6):
        client.get("/layanan/kompensasi/")
    for number in range(5):
        more = cases.start("validation", cast.unit, f"Usulan {number}", by=None, at=MONDAY, year=2030 + number)
        cases.sound(more.pk, at=LATE)
    with django_assert_num_queries(6):
        client.get("/layanan/kompensasi/")


def test_an_oral_apology_is_noted_and_what_is_wrong_comes_back(cast, late, as_user):
    owed, client = late.obligations.get(kind="oral"), as_user(cast.verifier)
    address = f"{owed.get_absolute_url()}penuhi/"
    text = text_of(client.get(owed.get_absolute_url()))
    assert f'<option value="{cast.official.name}"></option>' in text
    assert '<option value="Kepala ROKEU"></option>' in text
    text = text_of(client.post(address, oral(cast, manner="")), 422)
    assert "Pilih cara penyampaiannya." in text
    assert 'value="Sari Dewi"' in text
    text = text_of(client.post(address, oral(cast, when="2026-04-24T10:00")), 422)
    assert "belum terjadi" in text
    assert "Tulis waktu yang benar" in text_of(client.post(address, oral(cast, when="kemarin")), 422)
    assert "Pilih orang dari daftar." in text_of(client.post(address, oral(cast, given_by=cast.operator.pk)), 422)
    assert client.post(address, oral(cast)).status_code == 302
    text = text_of(as_user(cast.operator).get(owed.get_absolute_url()))
    assert "Sari Dewi, Kepala Biro Keuangan" in text
    assert "24 April 2026 pukul 08.00 WIB" in text
    assert "Catat permohonan maaf" not in text
    assert "sudah selesai" in text_of(client.post(address, oral(cast)), 409)


def test_an_instant_of_any_year_is_answered(cast, late, as_user):
    address, client = f"{late.obligations.get(kind='oral').get_absolute_url()}penuhi/", as_user(cast.verifier)
    instants = ("0001-01-01T00:00", "9999-12-31T23:59", "24-04-2026 08.00")
    answers = [client.post(address, oral(cast, when=when)).status_code for when in instants]
    assert answers == [422, 422, 302]


def test_the_case_page_shows_what_is_owed_with_its_forms(cast, late, as_user):
    text = text_of(as_user(cast.verifier).get(late.get_absolute_url()))
    assert "Catat permohonan maaf" in text
    assert f"/layanan/{late.pk}/permohonan-maaf/" in text
    assert "Bebaskan" not in text
    assert "Bebaskan" in text_of(as_user(cast.karoren).get(late.get_absolute_url()))
    text = text_of(as_user(cast.operator).get(late.get_absolute_url()))
    assert "Surat sedang disiapkan" in text
    assert "Catat permohonan maaf" not in text


def test_an_obligation_is_waived_or_given_to_somebody_else(cast, late, as_user):
    owed, client = late.obligations.get(kind="oral"), as_user(cast.karoren)
    quality = builders.user(Role.QUALITY_LEAD, cast.bureau)
    address = owed.get_absolute_url()
    fields = {"to": quality.pk, "reason": "Verifikator cuti."}
    assert client.post(f"{address}alihkan/", fields).status_code == 302
    text = text_of(client.get(address))
    assert "Verifikator cuti." in text
    assert quality.name in text
    assert "Tulis alasan pembebasan." in text_of(client.post(f"{address}bebaskan/", {}), 422)
    assert client.post(f"{address}bebaskan/", {"reason": "Gempa."}).status_code == 302
    assert "Gempa." in text_of(as_user(cast.operator).get(address))


def test_the_letter_is_drafted_seen_and_issued(cast, late, as_user):
    address, verifier, karoren = f"/layanan/{late.pk}/permohonan-maaf/", as_user(cast.verifier), as_user(cast.karoren)
    assert "Susun rancangan" in text_of(verifier.get(address))
    text = text_of(verifier.post(f"{address}rancang/", {"cause": "<b>Banyak</b>", "version": 0}), 422)
    assert "&lt;b&gt;Banyak&lt;/b&gt;" in text
    assert verifier.post(f"{address}rancang/", {**TEXTS, "version": 0}).status_code == 302
    assert "Menunggu Kepala Biro Perencanaan" in text_of(verifier.get(address))
    text_of(as_user(cast.operator).get(address), 403)
    text = text_of(karoren.get(address))
    assert "Yang akan terbit" in text
    assert "31 jam 30 menit kerja" in text
    shown = text.split('name="content_hash" value="')[1].split('"')[0]
    changed = verifier.post(f"{address}rancang/", {**TEXTS, "cause": "Sebab lain.", "version": 1})
    assert changed.status_code == 302
    stale = text_of(karoren.post(f"{address}terbit/", {"content_hash": shown}), 409)
    assert "Isi surat berubah sejak Anda melihatnya" in stale
    shown = stale.split('name="content_hash" value="')[1].split('"')[0]
    assert karoren.post(f"{address}terbit/", {"content_hash": shown}).status_code == 302
    assert "sudah terbit" in text_of(karoren.post(f"{address}terbit/", {"content_hash": shown}), 409)
    operator = as_user(cast.operator)
    assert "PDF sedang dibuat" in text_of(operator.get(address))
    assert operator.get(f"{address}pdf/").status_code == 409
    render_documents()
    download = operator.get(f"{address}pdf/")
    assert download["Content-Disposition"] == 'attachment; filename="permohonan-maaf-1-SJ.1-OT.310-IV-2026.pdf"'
    assert text_of(operator.get(f"/cek/{Apology.objects.get().document.code}/")).count("Sah.") == 1


def test_two_people_who_write_the_draft_do_not_overwrite_each_other(cast, late, as_user):
    address = f"/layanan/{late.pk}/permohonan-maaf/rancang/"
    as_user(cast.verifier).post(address, {**TEXTS, "version": 0})
    text = text_of(as_user(cast.karoren).post(address, {**TEXTS, "cause": "Sebab lain.", "version": 0}), 409)
    assert "baru saja diubah orang lain" in text
    assert "Sebab lain." in text
    assert 'name="version" value="1"' in text
    assert Apology.objects.get().cause == TEXTS["cause"]


def test_a_scan_is_kept_and_handed_out_as_a_download(cast, case, as_user):
    with builders.moment(LATER):
        tasks.sound_clocks()
        owed = case.obligations.get(kind="in_person")
        client = as_user(cast.verifier)
        address = owed.get_absolute_url()
        assert "Belum dapat diserahkan: Surat permohonan maaf belum terbit." in text_of(client.get(address))
        builders.issued_apology(owed, by=cast.verifier, signer=cast.karoren, when=LATER)
        for order in (2, 3, 4, 5):
            cases.complete_step(case.pk, order, by=cast.verifier, at=LATER)
        assert 'enctype="multipart/form-data"' in text_of(client.get(address))
        fields = oral(cast, when="2026-05-05T08:30", place="Ruang rapat", what="Lembar kerja")
        refused = client.post(f"{address}serahkan/", {**fields, "scan": builders.SimpleUploadedFile("a.pdf", b"MZ")})
        assert "Ruang rapat" in text_of(refused, 422)
        assert client.get(f"{address}berita-acara/").status_code == 404
        done = client.post(f"{address}serahkan/", {**fields, "scan": builders.pdf("berita-acara")})
        assert done.status_code == 302
        scan = as_user(cast.operator).get(f"{address}berita-acara/")
        assert scan["Content-Disposition"] == 'attachment; filename="berita-acara.pdf"'
        assert as_user(cast.stranger).get(f"{address}berita-acara/").status_code == 404


# The tasks at home


def titles(user, when=LATE):
    with builders.moment(when):
        built = home.build(user, when)
    about_it = lambda tasks: [task.title for task in tasks if not task.title.startswith("Langkah")]  # noqa: E731
    return about_it(built.tasks), about_it(built.waiting)


def test_the_owner_sees_what_is_to_be_done_and_karoren_what_is_to_be_issued(cast, late):
    assert titles(cast.verifier)[0] == ["Sampaikan permohonan maaf lisan", "Susun surat permohonan maaf"]
    apology.draft(late.pk, **TEXTS, version=0, by=cast.verifier, at=LATE)
    assert titles(cast.verifier) == (["Sampaikan permohonan maaf lisan"], ["Susun surat permohonan maaf"])
    assert titles(cast.karoren)[0] == ["Terbitkan surat permohonan maaf"]
    compensation.waive(late.obligations.get(kind="written").pk, reason="Gempa.", by=cast.karoren, at=LATE)
    assert titles(cast.karoren) == ([], [])
    assert titles(cast.verifier) == (["Sampaikan permohonan maaf lisan"], [])


def test_a_result_waits_for_its_letter_and_its_case(cast, late):
    with builders.moment(LATER):
        tasks.sound_clocks()
    assert titles(cast.verifier, LATER)[1] == ["Serahkan hasil layanan langsung"]
    builders.issued_apology(late.obligations.get(kind="written"), by=cast.verifier, signer=cast.karoren, when=LATER)
    for order in (2, 3, 4, 5):
        cases.complete_step(late.pk, order, by=cast.verifier, at=LATER)
    assert "Serahkan hasil layanan langsung" in titles(cast.verifier, LATER)[0]


def test_what_nobody_owns_is_a_task_of_those_who_assign(cast, late):
    Obligation.objects.update(owner=None)
    assert titles(cast.karoren)[0] == ["Tetapkan penanggung jawab kompensasi"] * 2
    assert titles(cast.verifier) == ([], [])
