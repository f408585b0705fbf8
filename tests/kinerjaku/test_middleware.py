"""Requests that no browser of ours sends are refused before anything reads them."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("charset", ["hex", "zlib", "idna", "punycode", "utf-7", "unicode_escape", "latin-1"])
def test_another_charset_is_refused(client, charset):
    answer = client.generic("POST", "/masuk/", b"username=a", content_type=f"text/plain; charset={charset}")
    assert (answer.status_code, answer.content.decode()) == (400, "Permintaan tidak dapat dibaca.")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8"])
def test_utf_8_is_taken(client, charset):
    assert client.get("/cek/?kode=a", CONTENT_TYPE=f"text/plain; charset={charset}").status_code == 404


@pytest.mark.parametrize("address", ["/cek/?kode=%00", "/cek/%00/", "/iku/?unit=%00", "/pengiriman/%00/"])
def test_nul_in_an_address_is_refused(client, address):
    assert client.get(address).status_code == 400
