"""Ten wrong passwords for one name from one place close it for a quarter of an hour."""

import builders
import pytest
import time_machine
from django.conf import settings as configured
from django.urls import reverse

pytestmark = pytest.mark.django_db
LIMIT = configured.AXES_FAILURE_LIMIT


@pytest.fixture
def person():
    return builders.user(name="Siti")


WRONG = "salah sama sekali"


def attempt(client, name, password=WRONG, **extra):
    return client.post(reverse("login"), {"username": name, "password": password}, **extra)


def test_the_tenth_failure_closes_the_door_with_a_page_that_says_why(client, person):
    answers = [attempt(client, person.email) for _ in range(LIMIT)]
    assert [answer.status_code for answer in answers[:-1]] == [200] * (LIMIT - 1)
    assert answers[-1].status_code == 429
    assert "Terlalu banyak percobaan masuk" in answers[-1].content.decode()


def test_then_even_the_right_password_is_refused(client, person):
    for _ in range(LIMIT):
        attempt(client, person.email)
    assert attempt(client, person.email, builders.PASSWORD).status_code == 429


def test_other_spellings_of_the_address_count_together(client, person):
    for number in range(LIMIT):
        name = person.email.upper() if number % 2 else f" {person.email} "
        last = attempt(client, name)
    assert last.status_code == 429


def test_somebody_else_at_the_same_desk_can_still_sign_in(client, person):
    for _ in range(LIMIT):
        attempt(client, person.email)
    assert attempt(client, builders.user().email, builders.PASSWORD).status_code == 302


def test_the_person_elsewhere_can_still_sign_in(client, person):
    for _ in range(LIMIT):
        attempt(client, person.email, REMOTE_ADDR="10.0.0.1")
    assert attempt(client, person.email, builders.PASSWORD, REMOTE_ADDR="10.0.0.2").status_code == 302


def test_a_success_forgets_earlier_slips(client, person):
    for _ in range(LIMIT - 1):
        attempt(client, person.email)
    attempt(client, person.email, builders.PASSWORD)
    client.post(reverse("logout"))
    assert attempt(client, person.email).status_code == 200


def test_address_and_nip_of_one_person_count_together(client):
    person = builders.user(nip="198501012010012001")
    for number in range(LIMIT):
        last = attempt(client, person.email if number % 2 else "19850101 201001 2 001")
    assert last.status_code == 429


def test_the_door_opens_again_after_a_quarter_of_an_hour(client, person):
    with time_machine.travel(builders.at("2026-04-13 08:00"), tick=False):
        for _ in range(LIMIT):
            attempt(client, person.email)
    with time_machine.travel(builders.at("2026-04-13 08:14"), tick=False):
        assert attempt(client, person.email, builders.PASSWORD).status_code == 429
    with time_machine.travel(builders.at("2026-04-13 08:16"), tick=False):
        assert attempt(client, person.email, builders.PASSWORD).status_code == 302
