"""Uploading evidence in a browser."""

import builders
import pytest
from playwright.sync_api import expect

from accounts.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_chosen_before_the_script_has_run_is_uploaded_too(session, travel):
    unit = builders.ministry()[2]
    ratio = builders.indicator(unit, 1)
    operator = builders.user(Role.OPERATOR, unit)
    builders.quarter()
    travel(builders.IN_TIME)
    with session(operator) as page:
        held = []
        page.route("**/js/upload.js", lambda route: held.append(route))
        page.goto(builders.row(ratio).get_absolute_url(), wait_until="commit")
        page.get_by_label("Unggah berkas").set_input_files(
            {"name": "cepat.pdf", "mimeType": "application/pdf", "buffer": builders.pdf("cepat").read()}
        )
        while not held:
            page.wait_for_timeout(50)
        held[0].continue_()
        expect(page.get_by_role("link", name="cepat.pdf")).to_be_visible()
