"""Frozen documents: sealed, rendered once, never recomputed."""

import hashlib

import builders
import pytest
from django.core.files.storage import default_storage

from kinerjaku import documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document

pytestmark = pytest.mark.django_db
AT = builders.IN_TIME


@pytest.fixture
def submission():
    unit = builders.unit("ROKEU")
    builders.indicator(unit)
    return builders.submitted(unit, by=builders.user(builders.Role.OPERATOR, unit))


def test_the_hash_does_not_depend_on_the_order_of_keys():
    assert documents.content_hash({"a": "1", "b": ["x"]}) == documents.content_hash({"b": ["x"], "a": "1"})


def test_the_hash_depends_on_every_letter():
    assert documents.content_hash({"a": "1"}) != documents.content_hash({"a": "1 "})


def test_codes_are_long_and_differ():
    codes = {documents.freeze("receipt", "judul", {}, at=AT).code for _ in range(50)}
    assert len(codes) == 50
    assert {len(code) for code in codes} == {16}


def test_an_unsealed_document_is_not_rendered():
    document = documents.freeze("receipt", "judul", {}, at=AT)
    with pytest.raises(DomainError, match="belum lengkap"):
        documents.render(document.pk, at=AT)


def test_the_stored_hash_is_that_of_the_stored_bytes(submission):
    document = documents.render(submission.document_id, at=AT)
    data = default_storage.open(document.storage_name).read()
    assert data.startswith(b"%PDF")
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.size == len(data)


def test_rendering_again_gives_the_same_file(submission):
    first = documents.render(submission.document_id, at=AT)
    second = documents.render(submission.document_id, at=builders.at("2026-05-01 08:00"))
    assert (first.sha256, first.storage_name, first.rendered_at) == (
        second.sha256,
        second.storage_name,
        second.rendered_at,
    )


def test_changed_content_is_never_rendered(submission):
    Document.objects.filter(pk=submission.document_id).update(content={"palsu": True})
    with pytest.raises(DomainError, match="tidak cocok"):
        documents.render(submission.document_id, at=AT)


def test_a_changed_file_is_noticed_on_reading(submission):
    document = documents.render(submission.document_id, at=AT)
    with open(default_storage.path(document.storage_name), "ab") as stored:
        stored.write(b"tambahan")
    with pytest.raises(DomainError, match="tidak cocok"):
        documents.read(document)


def test_a_voided_document_cannot_be_sealed():
    document = documents.freeze("worksheet", "judul", {}, at=AT)
    documents.void(document, "salah angka", at=AT)
    with pytest.raises(DomainError):
        documents.seal(document, [], at=AT)


def test_the_public_page_shows_state_hash_and_signer_but_no_content(submission, client):
    document = submission.document
    page = client.get(f"/cek/{document.code}/").content.decode()
    assert document.content_hash in page
    assert submission.by.name in page
    assert "Indikator 1" not in page


def test_the_public_page_of_a_voided_document_says_so_with_the_reason(client):
    document = documents.freeze("worksheet", "Lembar kerja", {}, at=AT)
    documents.void(document, "Angka baris 3 keliru", at=AT)
    page = client.get(f"/cek/{document.code}/").content.decode()
    assert "Dibatalkan" in page
    assert "Angka baris 3 keliru" in page


def test_an_unknown_code_is_not_found(client):
    assert client.get("/cek/AAAAAAAAAAAAAAAA/").status_code == 404


def test_a_typed_code_leads_to_its_page_whatever_its_spelling(client):
    document = documents.freeze("receipt", "judul", {}, at=AT)
    typed = f"{document.code[:4]}-{document.code[4:8]} {document.code[8:]}".lower()
    assert client.get("/cek/", {"kode": typed}).url == f"/cek/{document.code}/"
