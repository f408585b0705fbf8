"""One search over what a person may see."""

import builders
import pytest

from kinerjaku.models import Document


def hits(client, text):
    answer = client.get("/cari/", {"q": text})
    assert answer.status_code == 200
    return {group.title: [hit.label for hit in group.hits] for group in answer.context["groups"]}


def test_every_word_must_fit(cast, as_user):
    builders.indicator(cast.unit, 1, name="Persentase temuan selesai")
    builders.indicator(cast.unit, 2, name="Nilai kinerja anggaran")
    client = as_user(cast.operator)
    assert hits(client, "NILAI rokeu") == {"Indikator": ["ROKEU 2. Nilai kinerja anggaran"]}
    assert hits(client, "nilai temuan") == {}


def test_units_receipts_worksheets_and_letters_are_found(cast, as_user, signed_sheet):
    from reporting import actions

    sheet = signed_sheet(sent=True)
    nota = actions.issue(sheet, by=cast.karoren, at=builders.AFTER_CLOSE)
    found = hits(as_user(cast.operator), "rokeu")
    assert found == {
        "Unit kerja": ["Unit ROKEU"],
        "Indikator": ["ROKEU 1. Indikator 1"],
        "Tanda terima": ["TT-2026-TW1-ROKEU-01"],
        "Lembar kerja verifikasi": ["Lembar kerja Unit ROKEU"],
        "Nota dinas": [nota.number],
    }


def test_other_units_documents_stay_out(cast, as_user):
    builders.indicator(cast.unit)
    builders.submitted(cast.unit, by=cast.operator)
    assert "Tanda terima" in hits(as_user(cast.operator), "2026")
    assert set(hits(as_user(cast.stranger), "rokeu")) == {"Indikator"}


def test_a_check_code_leads_to_its_page(cast, as_user):
    builders.indicator(cast.unit)
    builders.submitted(cast.unit, by=cast.operator)
    document = Document.objects.get()
    spaced = " ".join([document.code[:4], document.code[4:8], document.code[8:]]).lower()
    assert hits(as_user(cast.stranger), spaced) == {"Kode pemeriksaan": [document.title]}


def test_many_hits_are_cut_and_lead_to_the_list(cast, as_user):
    for no in range(1, 23):
        builders.indicator(cast.unit, no, name="Nilai")
    page = as_user(cast.operator).get("/cari/", {"q": "nilai"})
    assert len(page.context["groups"][0].hits) == 20
    assert 'href="/iku/?semua=ya"' in page.content.decode()


@pytest.mark.parametrize("text", ["", "   ", "tidakada", "%", "_", "x" * 5000, "z " * 300, "<script>"])
def test_odd_words_find_nothing_and_say_so(cast, as_user, text):
    builders.indicator(cast.unit)
    assert hits(as_user(cast.operator), text) == {}
