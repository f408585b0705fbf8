"""Evidence: who attaches what, when, and who gets it back."""

import builders
import pytest
from builders import IN_TIME, at
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.actions import evidence
from indicators.models import Evidence
from kinerjaku.errors import DomainError


def attach(row, cast, upload=None, *, by=None, when=IN_TIME):
    return evidence.attach(row.pk, upload or builders.pdf(), by=by or cast.operator, at=when)


def test_a_file_is_kept_with_hash_size_and_owner(cast, row):
    file = attach(row, cast)
    assert (file.name, file.kind, len(file.sha256), file.uploaded_by) == (
        "bukti.pdf",
        "PDF",
        64,
        cast.operator,
    )
    assert file.storage_name.startswith("evidence/")
    assert "bukti" not in file.storage_name


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("kosong.pdf", b"", "empty"),
        ("program.pdf", b"MZ\x90\x00" + b"\x00" * 300, "wrong_type"),
        ("halaman.html", b"<!doctype html><script>alert(1)</script>", "wrong_type"),
        ("terpotong.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog", "damaged"),
    ],
)
def test_what_is_not_evidence_is_refused_with_its_own_reason(cast, row, name, content, code):
    with pytest.raises(DomainError) as refused:
        attach(row, cast, SimpleUploadedFile(name, content))
    assert refused.value.code == code
    assert not Evidence.objects.exists()


def test_the_same_file_counts_once_a_row(cast, row):
    first = builders.pdf()
    attach(row, cast, first)
    first.seek(0)
    with pytest.raises(DomainError) as refused:
        attach(row, cast, first)
    assert refused.value.code == "duplicate"


def test_a_row_takes_at_most_20_files(cast, row, monkeypatch):
    template = attach(row, cast)
    for number in range(19):
        template.pk, template.sha256 = None, f"{number:064d}"
        template.save()
    with pytest.raises(DomainError) as refused:
        attach(row, cast, builders.pdf("satu lagi"))
    assert refused.value.code == "too_many"


def test_evidence_of_a_sent_row_cannot_be_changed(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    with pytest.raises(DomainError) as refused:
        attach(row, cast, builders.pdf("tambahan"))
    assert refused.value.code == "wrong_state"
    with pytest.raises(DomainError):
        evidence.remove(row.evidence.get().pk, by=cast.operator, at=IN_TIME)


def test_only_people_of_the_unit_attach(cast, row):
    with pytest.raises(PermissionDenied):
        attach(row, cast, by=cast.verifier)


def test_a_removed_file_is_out_of_sight_and_stays_for_the_audit(cast, row, as_user):
    file = attach(row, cast)
    with builders.moment(IN_TIME):
        evidence.remove(file.pk, by=cast.operator, at=IN_TIME)
        assert as_user(cast.operator).get(file.get_absolute_url()).status_code == 404
    assert Evidence.objects.get(pk=file.pk).removed_at == IN_TIME


# Pages


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


def test_a_download_is_an_attachment_that_no_browser_runs(cast, row, as_user):
    answer = as_user(cast.verifier).get(attach(row, cast).get_absolute_url())
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="bukti.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_foreign_file_does_not_exist(cast, row, as_user):
    assert as_user(cast.stranger).get(attach(row, cast).get_absolute_url()).status_code == 404


def test_several_files_have_each_their_own_answer(cast, row, as_user):
    answer = as_user(cast.operator).post(
        f"/capaian/baris/{row.pk}/bukti/",
        {"berkas": [builders.pdf("baik"), SimpleUploadedFile("kosong.pdf", b"")]},
        headers={"accept": "application/json"},
    )
    good, bad = answer.json()["files"]
    assert (good["ok"], good["name"]) == (True, "baik.pdf")
    assert (bad["ok"], bad["code"]) == (False, "empty")
    assert bad["message"] == "“kosong.pdf” tidak diunggah. Berkas kosong (0 byte). Pilih berkas lain."
    assert answer.status_code == 422


def test_without_javascript_the_page_comes_back_with_the_file_or_the_reason(cast, row, as_user):
    client = as_user(cast.operator)
    address = f"/capaian/baris/{row.pk}/bukti/"
    assert client.post(address, {"berkas": builders.pdf()})["Location"] == f"/capaian/baris/{row.pk}/#bukti"
    refused = client.post(address, {"berkas": SimpleUploadedFile("kosong.pdf", b"")})
    assert refused.status_code == 422
    assert "Kesalahan:" in refused.content.decode()
    assert "Berkas kosong (0 byte)" in refused.content.decode()


def test_nothing_chosen_says_so(cast, row, as_user):
    refused = as_user(cast.operator).post(f"/capaian/baris/{row.pk}/bukti/")
    assert refused.status_code == 422
    assert "Pilih berkas dahulu" in refused.content.decode()


def test_removing_needs_a_post(cast, row, as_user):
    file = attach(row, cast)
    client = as_user(cast.operator)
    client.get(f"/bukti/{file.pk}/hapus/")
    assert Evidence.objects.get(pk=file.pk).removed_at is None
    client.post(f"/bukti/{file.pk}/hapus/")
    assert Evidence.objects.get(pk=file.pk).removed_at == IN_TIME


def test_a_late_upload_says_since_when(cast, row, as_user):
    with builders.moment(at("2026-04-16 00:00")):
        refused = as_user(cast.operator).post(f"/capaian/baris/{row.pk}/bukti/", {"berkas": builders.pdf()})
    assert refused.status_code == 409
    assert "sudah ditutup sejak 16 April 2026 pukul 00.00 WIB" in refused.content.decode()
