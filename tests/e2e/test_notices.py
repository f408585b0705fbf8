"""Who is told, and how: a choice of channel without JavaScript, a broken promise, one mail in the morning, and the page
on which Itjen sees it all."""

from datetime import timedelta

import builders
import pytest
from builders import at
from django.core import mail
from playwright.sync_api import expect

from accounts.roles import Role
from services.actions import case as cases
from services.actions import standard as standards

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = at("2026-04-20 07:30")


def test_a_broken_promise_reaches_sekjen_as_they_chose_and_itjen_sees_it(session, travel, tick):
    setjen, bureau, unit = builders.ministry()
    sekjen, itjen = builders.user(Role.SEKJEN, setjen), builders.user(Role.ITJEN_OVERSIGHT, setjen)
    karoren = builders.user(Role.KAROREN, bureau)
    standards.load(at=MONDAY)
    case = cases.start("verification", unit, "Triwulan I 2026", by=None, at=MONDAY)
    cases.complete_step(case.pk, 1, by=None, at=MONDAY)

    travel(MONDAY)
    with session(sekjen, javascript=False) as page:
        page.goto("/profil/")
        expect(page.get_by_label("Eskalasi layanan").locator("option")).to_have_count(2)
        page.get_by_label("Eskalasi layanan").select_option(label="Ringkasan harian lewat surel")
        page.get_by_role("button", name="Simpan pilihan").click()
        expect(page.get_by_role("status")).to_contain_text("sudah disimpan")
        expect(page.get_by_label("Eskalasi layanan")).to_have_value("digest")

    travel(at("2026-04-23 09:50"))  # the promise ended at 08.45, and nobody has said sorry
    tick()
    assert {address for message in mail.outbox for address in message.to} == {karoren.email}
    travel(at("2026-04-24 07:30") + timedelta(seconds=1))
    tick()
    assert [message.subject for message in mail.outbox if message.to == [sekjen.email]] == [
        "[Kinerjaku] Verifikasi capaian kinerja ROKEU, Triwulan I 2026 belum dimintakan maaf secara lisan"
    ]

    with session(itjen, width=360) as page:
        page.goto("/layanan/eskalasi/")
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Maaf lisan terlambat"))
        expect(row).to_contain_text("Sekretaris Jenderal")
        expect(row).to_contain_text("Terlambat")
