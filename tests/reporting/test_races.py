"""Letters issued at once: needs row locks, so it runs on PostgreSQL."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE

from kinerjaku import audit
from kinerjaku.errors import DomainError
from kinerjaku.models import NumberSeries
from reporting import actions
from reporting.models import NotaDinas

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = AFTER_CLOSE + timedelta(days=1)


def test_eight_letters_at_once_take_the_numbers_1_to_8(cast, signed_sheet, in_threads):
    sheets = [signed_sheet(builders.unit(f"UNIT{number}", parent=cast.setjen)) for number in range(8)]
    issued = in_threads([lambda sheet=sheet: actions.issue(sheet, by=cast.karoren, at=NOW) for sheet in sheets])
    assert sorted(nota.serial for nota in issued) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert NumberSeries.objects.get().last == 8
    assert list(audit.problems()) == []


def test_two_clicks_on_issue_at_once_make_one_letter(cast, signed_sheet, in_threads):
    sheet = signed_sheet()
    results = in_threads([lambda: actions.issue(sheet, by=cast.karoren, at=NOW)] * 2)
    assert [result.code for result in results if isinstance(result, DomainError)] == ["already_issued"]
    assert NotaDinas.objects.get().serial == 1
    assert NumberSeries.objects.get().last == 1
