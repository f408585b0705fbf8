"""The page for signing: the frozen text, the password, refusing, opening again."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE
from django.contrib.auth import get_user

from verification.actions import signing
from verification.models import Worksheet

NOW = AFTER_CLOSE + timedelta(hours=1)  # Thursday 16 April 2026, 10.00


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(NOW):
        yield


@pytest.fixture
def frozen(cast, sheet):
    return builders.frozen(sheet, by=cast.verifier, when=NOW)


def sign_form(sheet, **fields):
    return {
        "read": "on",
        "password": builders.PASSWORD,
        "content_hash": sheet.document.content_hash,
        **fields,
    }


def test_the_signer_sees_the_frozen_text_and_its_hash(cast, frozen, as_user):
    page = as_user(cast.verifier).get(f"/verifikasi/{frozen.pk}/tanda-tangan/").content.decode()
    assert frozen.document.content_hash in page
    for row in frozen.document.content["rows"]:
        assert row["indicator"] in page


def test_signing_with_the_password(cast, frozen, as_user):
    answer = as_user(cast.verifier).post(f"/verifikasi/{frozen.pk}/tanda-tangan/", sign_form(frozen))
    assert answer.url == frozen.get_absolute_url()
    assert frozen.document.signatures.get(signer=cast.verifier).signed_at == NOW


def test_a_wrong_password_signs_nothing_and_counts_as_a_failed_sign_in(cast, frozen, as_user):
    client = as_user(cast.verifier)
    path = f"/verifikasi/{frozen.pk}/tanda-tangan/"
    answer = client.post(path, sign_form(frozen, password="salah"))
    assert answer.status_code == 422
    assert "Kata sandi salah." in answer.content.decode()
    assert get_user(client).is_authenticated
    for _ in range(9):
        answer = client.post(path, sign_form(frozen, password="salah"))
    assert answer.status_code == 429
    assert client.post(path, sign_form(frozen)).status_code == 429
    assert not frozen.document.signatures.filter(signed_at__isnull=False).exists()


def test_without_the_tick_the_password_is_not_even_tried(cast, frozen, as_user):
    form = sign_form(frozen, read="", password="salah")
    page = as_user(cast.verifier).post(f"/verifikasi/{frozen.pk}/tanda-tangan/", form).content.decode()
    assert "Centang pernyataan bahwa Anda telah membaca" in page
    assert "Kata sandi salah." not in page


def test_the_hash_of_an_earlier_revision_is_refused_and_the_new_text_is_shown(cast, frozen, as_user):
    seen = sign_form(frozen)
    signing.reopen(frozen, reason="Salah baca.", by=cast.verifier, at=NOW)
    fresh = builders.frozen(Worksheet.objects.get(pk=frozen.pk), by=cast.verifier, when=NOW)
    answer = as_user(cast.verifier).post(f"/verifikasi/{frozen.pk}/tanda-tangan/", seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "berubah sejak Anda membukanya" in page
    assert f'value="{fresh.document.content_hash}"' in page


def test_whoever_has_no_turn_is_refused_without_a_look_at_the_password(cast, frozen, as_user):
    answer = as_user(cast.chief).post(f"/verifikasi/{frozen.pk}/tanda-tangan/", sign_form(frozen))
    assert answer.status_code == 403
    assert "bukan giliran Anda" in answer.content.decode()


def test_the_second_click_on_sign_says_that_it_is_done(cast, frozen, as_user):
    client = as_user(cast.verifier)
    client.post(f"/verifikasi/{frozen.pk}/tanda-tangan/", sign_form(frozen))
    answer = client.post(f"/verifikasi/{frozen.pk}/tanda-tangan/", sign_form(frozen))
    assert answer.status_code == 409
    assert "sudah menandatangani" in answer.content.decode()


def test_refusing_asks_for_the_reason(cast, frozen, as_user):
    client = as_user(cast.verifier)
    answer = client.post(f"/verifikasi/{frozen.pk}/tolak/", {"reason": ""})
    assert answer.status_code == 422
    assert "Tulis alasannya" in answer.content.decode()
    assert client.post(f"/verifikasi/{frozen.pk}/tolak/", {"reason": "Keliru."}).status_code == 302
    assert Worksheet.objects.get(pk=frozen.pk).state == "open"


def test_reopening_is_for_the_assigned_verifier(cast, frozen, as_user):
    path = f"/verifikasi/{frozen.pk}/buka/"
    assert as_user(cast.chief).post(path, {"reason": "Keliru."}).status_code == 403
    assert as_user(cast.verifier).post(path, {"reason": "Keliru."}).status_code == 302
    assert Worksheet.objects.get(pk=frozen.pk).state == "open"


def test_there_is_nothing_to_sign_before_freezing(cast, sheet, as_user):
    answer = as_user(cast.verifier).get(f"/verifikasi/{sheet.pk}/tanda-tangan/")
    assert answer.url == sheet.get_absolute_url()
