"""What was typed when the session had ended is offered again after sign-in, once checked by the person."""

import builders
import pytest
from django.test import Client
from django.urls import reverse

from accounts.middleware import KEPT
from accounts.models import Notice

AT = builders.AFTER_CLOSE


@pytest.fixture
def notice(house):
    return Notice.objects.create(
        user=house.operator, cause="uji", subject="Uji", body="Uji", path="/", created_at=AT, send_after=AT
    )


@pytest.fixture
def address(notice):
    return reverse("notice_open", args=[notice.pk])


def sign_in(client, person):
    return client.post(reverse("login"), {"username": person.email, "password": builders.PASSWORD})


def ended(client, person):
    """The browser of a person whose session has ended."""
    sign_in(client, person)
    del client.cookies["sessionid"]
    return client


def test_the_round_trip_with_csrf_checks_on(house, notice, address, forms_of):
    client = ended(Client(), house.operator)
    client.handler.enforce_csrf_checks = True
    token = forms_of(client.get(reverse("login"))).found[0][1]["csrfmiddlewaretoken"]
    refused = client.post(address, {"stay": "1", "csrfmiddlewaretoken": token})
    assert refused.status_code == 302
    page = client.get(refused.url)
    assert "Isian Anda disimpan sementara" in page.content.decode()
    fields = forms_of(page).found[0][1] | {"username": house.operator.email, "password": builders.PASSWORD}
    offered = client.get(client.post(reverse("login"), fields).url)
    assert offered.request["PATH_INFO"] == reverse("kept")
    again = forms_of(offered).to(address)
    assert again["stay"] == "1"
    assert again["csrfmiddlewaretoken"] != token
    assert client.post(address, again).status_code == 302
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_what_was_typed_is_shown_readable(client, house, address):
    ended(client, house.operator).post(address, {"follow_up": "Dilanjutkan <besok>", "kosong": ""})
    sign_in(client, house.operator)
    html = client.get(reverse("kept")).content.decode()
    assert "Follow up" in html
    assert "Dilanjutkan &lt;besok&gt;" in html


def test_every_value_of_a_repeated_field_is_kept(client, house, address):
    ended(client, house.operator).post(address, {"pilihan": ["a", "b"]})
    sign_in(client, house.operator)
    assert client.get(reverse("kept")).content.decode().count('name="pilihan"') == 2


def test_passwords_are_never_kept(client, house):
    ended(client, house.operator).post(
        reverse("password_change"), {"old_password": "rahasia lama", "new_password1": "rahasia baru"}
    )
    assert client.session[KEPT]["fields"] == []


def test_a_huge_post_is_not_kept(client, house, address):
    ended(client, house.operator).post(address, {"isi": "x" * 100_001})
    assert KEPT not in client.session


def test_throwing_it_away(client, house, address):
    ended(client, house.operator).post(address, {"stay": "1"})
    sign_in(client, house.operator)
    assert client.post(reverse("kept")).url == reverse("home")
    assert KEPT not in client.session


def test_nothing_kept_leads_home(client, house):
    client.force_login(house.operator)
    assert client.get(reverse("kept")).url == reverse("home")


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example/x", "javascript:alert(1)"])
def test_another_site_is_never_offered(client, house, path):
    client.force_login(house.operator)
    session = client.session
    session[KEPT] = {"path": path, "fields": [["a", "b"]]}
    session.save()
    assert client.get(reverse("kept")).url == reverse("home")


def test_a_script_is_told_in_its_own_language(client, house, address):
    answer = client.post(address, {"stay": "1"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert KEPT not in client.session


def test_nobody_else_is_offered_what_was_typed(client, house, address):
    ended(client, house.operator).post(address, {"isi": "rahasia"})
    assert sign_in(client, house.admin).url == reverse("home")
    assert KEPT not in client.session


def test_nothing_is_kept_of_somebody_unknown(client, house, address):
    client.post(address, {"isi": "x"})
    assert KEPT not in client.session


def test_nothing_is_kept_after_signing_out(client, house, address):
    sign_in(client, house.operator)
    client.post(reverse("logout"))
    client.post(address, {"isi": "x"})
    assert KEPT not in client.session
