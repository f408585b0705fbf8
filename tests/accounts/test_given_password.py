"""A password that an Admin gives opens nothing but the page where the person replaces it."""

import builders
import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import Notice, User
from kinerjaku import audit

AT = builders.AFTER_CLOSE
GIVEN, OWN = "sementara dari admin 1", "kata sandi sendiri 2026"


@pytest.fixture
def given(house):
    actions.give_password(house.operator, GIVEN, by=house.admin, at=AT)
    return house.operator


@pytest.fixture
def signed_in(client, given):
    client.post(reverse("login"), {"username": given.email, "password": GIVEN})
    return client


def test_every_page_leads_to_replacing_it(signed_in):
    for address in ("/", "/capaian/", "/iku/"):
        assert signed_in.get(address)["Location"] == reverse("password_change")
    assert "diberikan Admin" in signed_in.get(reverse("password_change")).content.decode()


def test_acts_are_refused_too(signed_in):
    assert signed_in.post("/perpanjangan/baru/", {}).status_code == 302


def test_once_it_is_replaced_everything_opens(signed_in, given):
    signed_in.post(reverse("password_change"), {"old_password": GIVEN, "new_password1": OWN, "new_password2": OWN})
    assert signed_in.get("/").status_code == 200
    assert not User.objects.get(pk=given.pk).password_is_given


def test_signing_out_is_possible(signed_in):
    assert signed_in.post(reverse("logout")).status_code == 302


def test_the_person_is_told_and_the_audit_names_the_act(house, given):
    assert Notice.objects.get(user=given).subject == "Kata sandi Anda diganti Admin"
    assert audit.history(given)[0].verb == "beri kata sandi baru"
    assert audit.history(given)[0].by == house.admin


def test_an_admin_who_sets_their_own_goes_on(house):
    actions.give_password(house.admin, GIVEN, by=house.admin, at=AT)
    assert not User.objects.get(pk=house.admin.pk).password_is_given


def test_guessing_the_old_password_locks_out_as_at_sign_in(client, house, settings):
    client.post(reverse("login"), {"username": house.operator.email, "password": builders.PASSWORD})
    fields = {"old_password": "salah", "new_password1": OWN, "new_password2": OWN}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("password_change"), fields)
    client.post(reverse("password_change"), {**fields, "old_password": builders.PASSWORD})
    assert User.objects.get(pk=house.operator.pk).check_password(builders.PASSWORD)


def test_hashes_cannot_be_guessed_through_the_list(client, house):
    client.force_login(house.admin)
    answer = client.get("/admin/accounts/user/", {"password__startswith": "pbkdf2"})
    assert answer.status_code in (302, 400)
