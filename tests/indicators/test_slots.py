"""Documents that an indicator requires, and files that are used again."""

import builders
import pytest
from builders import IN_TIME
from django.core.exceptions import PermissionDenied

from indicators.actions import catalogue, decree_rows, evidence
from indicators.checklist import missing_before_submit
from indicators.models import Achievement, Evidence, EvidenceSlot
from kinerjaku.errors import DomainError


@pytest.fixture
def slot(row) -> EvidenceSlot:
    """The indicator requires a report, and would like to see photographs."""
    return required(row.indicator, "Laporan X", "Foto")[0]


def required(indicator, *names):
    made = [
        EvidenceSlot.objects.create(indicator=indicator, order=order, name=name, is_required=order == 1)
        for order, name in enumerate(names, 1)
    ]
    catalogue.keep_rule(indicator)
    return made


def attach(row, cast, slot=None, text="bukti"):
    slot_id = slot.pk if slot else None
    with builders.moment(IN_TIME):
        return evidence.attach(row.pk, builders.pdf(text), by=cast.operator, at=IN_TIME, slot_id=slot_id)


def link(row, *sources, by, slot_id=None):
    with builders.moment(IN_TIME):
        return evidence.link(row.pk, [source.pk for source in sources], by=by, at=IN_TIME, slot_id=slot_id)


def assign(file, slot, *, by):
    with builders.moment(IN_TIME):
        return evidence.assign(file.pk, slot.pk if slot else None, by=by, at=IN_TIME)


def lacking(row):
    fresh = Achievement.objects.get(pk=row.pk)
    return [lack.message for lack in missing_before_submit([fresh]) if lack.field == "evidence"]


def test_a_required_document_without_a_file_is_missing_by_name(cast, row, slot):
    attach(row, cast)
    assert lacking(row) == ["Data dukung “Laporan X” belum diunggah."]


def test_a_file_for_it_satisfies(cast, row, slot):
    attach(row, cast, slot)
    assert lacking(row) == []


def test_a_removed_file_leaves_it_missing_again(cast, row, slot):
    file = attach(row, cast, slot)
    with builders.moment(IN_TIME):
        evidence.remove(file.pk, by=cast.operator, at=IN_TIME)
    assert lacking(row) == ["Data dukung “Laporan X” belum diunggah."]


def test_a_row_without_a_result_needs_no_document(cast, row, slot, save):
    save(row, by=cast.operator, no_result=True)
    assert lacking(row) == []


def test_a_document_that_is_not_required_may_lack(cast, row, slot):
    attach(row, cast, slot)
    assert "Foto" not in str(lacking(row))


def test_a_file_can_be_put_elsewhere(cast, row, slot):
    file = attach(row, cast)
    assign(file, slot, by=cast.operator)
    assert (lacking(row), Evidence.objects.get(pk=file.pk).slot) == ([], slot)
    assign(file, None, by=cast.operator)
    assert lacking(row) == ["Data dukung “Laporan X” belum diunggah."]


def test_a_document_of_another_indicator_is_refused(cast, row, slot):
    other = required(builders.indicator(cast.unit, 2), "Laporan Y")[0]
    with pytest.raises(DomainError) as refused:
        attach(row, cast, other)
    assert refused.value.code == "unknown_slot"


def test_who_does_not_enter_puts_no_file_elsewhere(cast, row, slot):
    file = attach(row, cast)
    with pytest.raises(PermissionDenied):
        assign(file, slot, by=cast.verifier)


def test_a_document_that_got_another_name_stays_filled(cast, row, slot):
    attach(row, cast, slot)
    before = catalogue.describe(row.indicator)
    slot.name = "Laporan Z"
    slot.save()
    row.indicator.name = "Nama baru"
    row.indicator.save()
    catalogue.note_change(row.indicator, before=before, by=cast.admin, at=IN_TIME, reason="Nama dokumen berubah.")
    assert lacking(row) == []


def test_documents_follow_by_name_when_the_row_moves_to_the_next_version(cast, row, slot):
    file = attach(row, cast, slot)
    with builders.moment(IN_TIME):
        evidence.remove(file.pk, by=cast.operator, at=IN_TIME)
    successor = builders.indicator(cast.unit, 5, replaces=row.indicator)
    same = required(successor, "Laporan X")[0]
    decree_rows._move(Achievement.objects.get(pk=row.pk), successor, by=None, at=IN_TIME)
    assert Evidence.objects.get(pk=file.pk).slot == same


def test_the_receipt_names_the_document_of_each_file(cast, row, slot):
    attach(row, cast, slot)
    receipt = builders.submitted(cast.unit, by=cast.operator)
    files = receipt.document.content["rows"][0]["evidence"]
    assert [file["slot"] for file in files] == ["Laporan X", ""]


def test_the_entry_table_names_what_lacks_without_a_query_more(cast, row, slot, as_user, save, query_cost):
    save(row, by=cast.operator, selesai="95", rencana="100", progress="Berjalan.")
    with builders.moment(IN_TIME):
        client = as_user(cast.operator)
        path = row.quarter.entry_path(cast.unit)
        assert "Kurang: data dukung “Laporan X”." in client.get(path).content.decode()
        before = query_cost(client, path)
        EvidenceSlot.objects.all().delete()
        catalogue.keep_rule(row.indicator)
        assert query_cost(client, path) == before


def test_the_check_page_leads_to_what_lacks(cast, row, slot, as_user):
    with builders.moment(IN_TIME):
        page = as_user(cast.operator).get(f"{row.quarter.entry_path(cast.unit)}periksa/").content.decode()
    assert f'<a href="{row.get_absolute_url()}#bukti">Data dukung “Laporan X” belum diunggah.</a>' in page


def test_a_file_is_uploaded_for_a_document_on_the_page(cast, row, slot, as_user):
    with builders.moment(IN_TIME):
        client = as_user(cast.operator)
        path = f"{row.get_absolute_url()}bukti/"
        answer = client.post(
            path, {"berkas": builders.pdf(), "slot": slot.pk}, headers={"Accept": "application/json"}
        ).json()
    assert (answer["files"][0]["slot"], answer["slots"][str(slot.pk)]) == ("Laporan X", "Terisi: bukti.pdf")


def test_a_choice_that_is_no_document_is_refused_with_the_page(cast, row, slot, as_user):
    with builders.moment(IN_TIME):
        answer = as_user(cast.operator).post(f"{row.get_absolute_url()}bukti/", {"berkas": builders.pdf(), "slot": "x"})
    assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_the_verifier_sees_for_which_document_a_file_is(cast, row, slot, as_user):
    attach(row, cast, slot)
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.worksheet(cast.unit)
    with builders.moment(builders.AFTER_CLOSE):
        page = as_user(cast.verifier).get(sheet.rows.get().get_absolute_url()).content.decode()
    assert "; Laporan X)" in page


@pytest.fixture
def earlier(cast) -> Evidence:
    """A file of quarter IV of 2025 of the indicator of the same name."""
    of_2025 = builders.indicator(cast.unit, decree=builders.decree(2025))
    when = builders.at("2026-01-05 09:00")
    return builders.fill(builders.row(of_2025, 4), by=cast.operator, when=when).evidence.get()


def test_an_earlier_file_is_used_again_on_the_same_bytes(cast, row, earlier, slot):
    made = link(row, earlier, by=cast.operator, slot_id=slot.pk)[0]
    assert (made.linked_from, made.storage_name, made.sha256) == (earlier, earlier.storage_name, earlier.sha256)
    assert lacking(row) == []


def test_a_file_of_another_row_of_the_quarter_is_used_again(cast, rows):
    file = attach(rows[1], cast)
    assert link(rows[0], file, by=cast.operator)[0].linked_from == file


def test_a_file_counts_once_a_row_also_when_linked(cast, row, earlier):
    link(row, earlier, by=cast.operator)
    with pytest.raises(DomainError) as refused:
        link(row, earlier, by=cast.operator)
    assert refused.value.code == "duplicate"


def test_a_linked_file_counts_among_the_most_a_row_takes(cast, row, earlier):
    template = attach(row, cast)
    for number in range(19):
        template.pk, template.sha256 = None, f"{number:064d}"
        template.save()
    with pytest.raises(DomainError) as refused:
        link(row, earlier, by=cast.operator)
    assert refused.value.code == "too_many"


def test_after_the_deadline_nothing_is_linked(cast, row, earlier):
    with builders.moment(builders.AFTER_CLOSE), pytest.raises(DomainError) as refused:
        evidence.link(row.pk, [earlier.pk], by=cast.operator, at=builders.AFTER_CLOSE)
    assert refused.value.code == "closed"


def test_a_file_of_another_unit_is_not_there(cast, row, as_user):
    foreign = attach_elsewhere(cast)
    with builders.moment(IN_TIME):
        answer = as_user(cast.operator).post(f"{row.get_absolute_url()}bukti/tautkan/", {"sumber": foreign.pk})
    assert answer.status_code == 404


def attach_elsewhere(cast) -> Evidence:
    foreign = builders.row(builders.indicator(cast.setjen, 7))
    with builders.moment(IN_TIME):
        return evidence.attach(foreign.pk, builders.pdf("asing"), by=cast.stranger, at=IN_TIME)


def test_a_removed_file_cannot_be_linked(cast, rows):
    file = attach(rows[1], cast)
    with builders.moment(IN_TIME):
        evidence.remove(file.pk, by=cast.operator, at=IN_TIME)
    with pytest.raises(Evidence.DoesNotExist):
        link(rows[0], file, by=cast.operator)


def test_the_page_offers_earlier_files_and_links_what_is_chosen(cast, row, earlier, as_user):
    with builders.moment(IN_TIME):
        client = as_user(cast.operator)
        assert "Pakai berkas sebelumnya" in client.get(row.get_absolute_url()).content.decode()
        answer = client.post(f"{row.get_absolute_url()}bukti/tautkan/", {"sumber": earlier.pk}, follow=True)
    assert "1 berkas ditautkan" in answer.content.decode()
    assert Achievement.objects.get(pk=row.pk).file_count == 1


def test_who_linked_evidence_does_not_verify_the_row(cast, rows):
    from verification.actions import worksheet

    file = attach(rows[1], cast)
    link(rows[0], file, by=cast.kasubag)
    assert worksheet.entered(cast.kasubag, [rows[0]])
