"""Nota dinas: numbered without gaps, frozen, issued once."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE, at
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import Notice, WorkUnit
from kinerjaku import audit, documents, numbering
from kinerjaku.errors import DomainError
from kinerjaku.models import Document, NumberSeries
from reporting import actions
from reporting.models import NotaDinas
from verification.models import Signature, Worksheet

NOW = AFTER_CLOSE + timedelta(days=1)  # 17 April 2026


def test_the_number_follows_the_pattern_of_the_memo(cast, signed_sheet):
    nota = actions.issue(signed_sheet(), by=cast.karoren, at=NOW)
    assert nota.number == "1/SJ.1/OT.310/IV/2026"
    assert (nota.serial, nota.year, nota.unit_code) == (1, 2026, "SJ.1")


@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("2023-10-26 09:00", "913/SJ.1/OT.310/X/2023"),
        ("2026-12-31 23:59", "913/SJ.1/OT.310/XII/2026"),
        ("2027-01-01 00:00", "913/SJ.1/OT.310/I/2027"),
    ],
)
def test_a_number_is_written_with_the_month_and_year_of_its_day_in_wib(when, number):
    assert numbering.written(913, "SJ.1", "OT.310", at(when)) == number


def test_serials_follow_each_other(cast, signed_sheet):
    units = [cast.unit, *(builders.unit(code, parent=cast.setjen) for code in ("ROKUM", "ROUM"))]
    notas = [actions.issue(signed_sheet(unit), by=cast.karoren, at=NOW) for unit in units]
    assert [nota.serial for nota in notas] == [1, 2, 3]


def test_an_issue_that_fails_midway_uses_up_no_number(cast, signed_sheet):
    actions.issue(signed_sheet(), by=cast.karoren, at=NOW)
    second = signed_sheet(builders.unit("ROKUM", parent=cast.setjen))
    NumberSeries.objects.update(last=0)  # somebody meddled: serial 1 would be given out again
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.issue(second, by=cast.karoren, at=NOW)
    assert NumberSeries.objects.get().last == 0
    assert Worksheet.objects.get(pk=second.pk).state == "signed"
    assert Document.objects.filter(kind="nota_dinas").count() == 1
    NumberSeries.objects.update(last=1)
    assert actions.issue(second, by=cast.karoren, at=NOW).serial == 2


def test_each_year_starts_again_at_1(cast, signed_sheet):
    first = actions.issue(signed_sheet(), by=cast.karoren, at=at("2026-12-31 23:59"))
    other = signed_sheet(builders.unit("ROKUM", parent=cast.setjen))
    second = actions.issue(other, by=cast.karoren, at=at("2027-01-01 00:00"))
    assert (first.serial, second.serial) == (1, 1)
    assert second.number == "1/SJ.1/OT.310/I/2027"
    assert NumberSeries.objects.count() == 2


def test_issuing_twice_is_refused(cast, signed_sheet):
    sheet = signed_sheet()
    actions.issue(sheet, by=cast.karoren, at=NOW)
    with pytest.raises(DomainError) as caught:
        actions.issue(sheet, by=cast.karoren, at=NOW)
    assert caught.value.code == "already_issued"
    assert NotaDinas.objects.count() == 1


def test_an_unsigned_worksheet_gets_no_letter(cast):
    builders.indicator(cast.unit)
    frozen = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    with pytest.raises(DomainError) as caught:
        actions.issue(frozen, by=cast.karoren, at=NOW)
    assert caught.value.code == "wrong_state"
    assert not NumberSeries.objects.exists()


def test_only_karoren_issues(cast, signed_sheet):
    with pytest.raises(PermissionDenied):
        actions.issue(signed_sheet(), by=cast.admin, at=NOW)


def test_the_letter_repeats_what_was_frozen_and_settles_the_worksheet(cast, signed_sheet):
    sheet = signed_sheet(sent=True)
    nota = actions.issue(sheet, by=cast.karoren, at=NOW)
    assert nota.document.content["rows"] == sheet.document.content["rows"]
    assert nota.document.content["unit_score_text"] == "105,56"
    assert Worksheet.objects.get(pk=sheet.pk).state == "reported"
    assert audit.history(nota).get().verb == "terbitkan nota dinas"


def test_the_unit_is_told(cast, signed_sheet):
    nota = actions.issue(signed_sheet(), by=cast.karoren, at=NOW)
    told = Notice.objects.filter(cause=f"nota/{nota.pk}")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.official}


def test_a_worksheet_whose_content_was_tampered_with_gets_no_letter(cast, signed_sheet):
    sheet = signed_sheet()
    content = {**sheet.document.content, "unit_score_text": "120,00"}
    Document.objects.filter(pk=sheet.document_id).update(content=content)
    with pytest.raises(DomainError) as caught:
        actions.issue(sheet, by=cast.karoren, at=NOW)
    assert caught.value.code == "tampered"


def test_content_that_nobody_signed_gets_no_letter_even_if_its_hash_fits(cast, signed_sheet):
    sheet = signed_sheet()
    content = {**sheet.document.content, "unit_score_text": "120,00"}
    Document.objects.filter(pk=sheet.document_id).update(content=content, content_hash=documents.content_hash(content))
    assert Signature.objects.filter(document=sheet.document_id).exists()
    with pytest.raises(DomainError) as caught:
        actions.issue(sheet, by=cast.karoren, at=NOW)
    assert caught.value.code == "tampered"


def test_without_the_letter_code_of_the_bureau_there_is_a_sentence(cast, signed_sheet):
    sheet = signed_sheet()
    WorkUnit.objects.filter(pk=cast.bureau.pk).update(letter_code="")
    with pytest.raises(DomainError, match="Minta Admin melengkapinya"):
        actions.issue(sheet, by=cast.karoren, at=NOW)


def test_a_letter_survives_the_longest_names(cast, signed_sheet):
    WorkUnit.objects.filter(pk=cast.unit.pk).update(name="N" * 200, head_title="K" * 200)
    nota = actions.issue(signed_sheet(), by=cast.karoren, at=NOW)
    assert documents.render(nota.document_id, at=NOW).size
