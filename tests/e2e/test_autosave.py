"""Autosave in a browser."""

import builders
import pytest
from playwright.sync_api import expect

from accounts.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


def test_leaving_a_field_that_went_along_with_an_earlier_save_keeps_saying_saved(session, travel):
    """The answer to the first save is held back; the second then takes the field that still has the focus along."""
    unit = builders.ministry()[2]
    ratio = builders.indicator(unit, 1)
    operator = builders.user(Role.OPERATOR, unit)
    builders.quarter()
    travel(builders.IN_TIME)
    with session(operator) as page:
        held = []
        page.goto(builders.row(ratio).get_absolute_url())
        page.route("**/simpan/", lambda route: route.continue_() if held else held.append(route))
        for label in ("Penjelasan kemajuan", "Kendala", "Tindak lanjut"):
            page.get_by_label(label, exact=True).fill("Berjalan.")
        while not held:
            page.wait_for_timeout(20)
        with page.expect_response(lambda answer: "follow_up" in (answer.request.post_data or "")):
            held[0].continue_()
        note = page.locator("[data-note]").first
        expect(note).to_contain_text("Tersimpan")
        page.get_by_label("Tindak lanjut", exact=True).blur()
        page.wait_for_timeout(200)
        expect(note).to_contain_text("Tersimpan")
