"""The survey in a browser: from a finished service to the published index."""

from datetime import date, timedelta

import builders
import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from services.actions import survey, survey_period
from services.actions.survey import Reply
from services.questionnaire import KEYS

pytestmark = pytest.mark.django_db(transaction=True)
DONE = builders.at("2026-05-04 09:00")
OVER = builders.at("2026-06-02 09:00")


def test_from_the_finished_service_to_the_published_index(session, travel, tick):
    _, bureau, unit = builders.ministry()
    operator = builders.user(Role.OPERATOR, unit)
    karoren = builders.user(Role.KAROREN, bureau, position="Kepala Biro Perencanaan")
    builders.finished_case(unit, when=DONE)
    with builders.moment(DONE):
        period = survey_period.save_period(
            None,
            name="SKM Mei 2026",
            first_day=date(2026, 5, 1),
            last_day=date(2026, 5, 31),
            services=["verification"],
            population=10,
            by=karoren,
            at=DONE,
        )
        for _ in range(5):
            survey.answer_openly(period.pk, "verification", None, Reply(dict.fromkeys(KEYS, 3)), at=DONE)
    travel(DONE + timedelta(minutes=5))
    tick()

    with session(operator, width=360, javascript=False) as page:
        page.goto("/pemberitahuan/")
        page.get_by_role("link", name="Bagaimana layanan kami?").click()
        page.get_by_role("button", name="Buka halaman terkait").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bagaimana layanan kami?")
        link = page.url
        for best in ("Sangat sesuai", "Sangat mudah", "Sangat cepat"):
            page.get_by_label(best, exact=True).first.check()
        page.get_by_label("Saran dan masukan").fill("Jadwal rapat mohon lebih awal.")
        page.get_by_role("button", name="Kirim jawaban").click()
        expect(page.get_by_role("alert")).to_contain_text("Ada yang perlu diperbaiki")
        expect(page.get_by_label("Sangat mudah", exact=True)).to_be_checked()
        expect(page.get_by_label("Saran dan masukan")).to_have_value("Jadwal rapat mohon lebih awal.")
        for best in ("Gratis", "Sangat kompeten", "Sangat sopan dan ramah", "Dikelola dengan baik", "Sangat baik"):
            page.get_by_label(best, exact=True).check()
        page.get_by_label("Sangat sesuai", exact=True).last.check()
        page.get_by_role("button", name="Kirim jawaban").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Terima kasih")
        page.goto(link)
        expect(page.get_by_role("status")).to_contain_text("sudah dipakai")

    travel(OVER)
    with session(karoren) as page:
        page.get_by_role("link", name="Terbitkan hasil survei").click()
        expect(page.get_by_text("6 dari 10 yang disarankan")).to_be_visible()
        page.get_by_role("button", name="Tanda tangani dan terbitkan").click()
        expect(page.get_by_role("status")).to_contain_text("Hasil survei diterbitkan")
    with session() as page:
        page.goto("/survei/")
        expect(page.get_by_text("Mutu B: baik")).to_be_visible()
        expect(page.locator(".score")).to_contain_text("79,17")  # (5 x 75 + 100) / 6
        expect(page.get_by_role("img", name="Nilai rata-rata unsur")).to_be_visible()
