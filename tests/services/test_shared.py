"""Pages for everybody are drawn once, and anew as soon as something in them has changed."""

from datetime import date

import builders
import pytest
from builders import at
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from services.actions import calendar
from services.actions import standard as standards
from services.models import Closure, Standard
from services.views.shared import shared

pytestmark = pytest.mark.django_db
NOW = at("2026-04-10 11:29")  # a Friday, one minute before the break


def text(address, client=None, when=NOW):
    with builders.moment(when):
        answer = (client or Client()).get(address)
    assert (answer.status_code, answer["Vary"]) == (200, "Cookie")
    return answer.content.decode()


@pytest.mark.parametrize("address", ["/standar/", "/standar/verification/", "/kalender/", "/kalender/2026/3/"])
def test_whoever_comes_second_costs_one_query(address, django_assert_num_queries):
    standards.load(at=NOW)
    first = text(address)
    with django_assert_num_queries(1):
        assert text(address) == first


def test_the_badge_changes_with_the_minute():
    assert "Buka sekarang" in text("/standar/")
    assert "Sedang tutup" in text("/standar/", when=at("2026-04-10 11:30"))


def test_a_new_holiday_shows_at_once(cast):
    assert "Pemilihan" not in text("/kalender/2026/4/")
    closure = Closure(day=date(2026, 4, 20), kind="other", name="Pemilihan", basis="Keppres 1/2026")
    calendar.save_closure(closure, by=cast.admin, at=NOW)
    assert "Pemilihan" in text("/kalender/2026/4/")


def test_a_changed_standard_shows_at_once(cast):
    standards.load(at=NOW)
    assert "Lembar baru" not in text("/standar/verification/")
    changed = Standard.objects.get(key="verification")
    before = standards.describe(changed)
    changed.product = "Lembar baru"
    changed.save()
    standards.note_change(changed, before=before, by=cast.admin, at=NOW)
    assert "Lembar baru" in text("/standar/verification/")


def test_nobody_gets_the_page_of_somebody_signed_in(cast, as_user):
    standards.load(at=NOW)
    assert cast.admin.name in text("/kalender/", as_user(cast.admin))
    assert cast.admin.name not in text("/kalender/")
    assert cast.admin.name in text("/kalender/", as_user(cast.admin))


def test_a_page_with_a_form_is_drawn_for_each():
    drawn = []

    @shared
    def form(request):
        drawn.append(get_token(request))
        return HttpResponse("formulir")

    for _ in range(2):
        form(RequestFactory().get("/formulir/"))
    assert len(set(drawn)) == 2
