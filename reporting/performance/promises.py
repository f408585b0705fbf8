"""What units have promised for a year: the indicators as scoring needs them.

No model instances: a page has a hundred of them, a year ten thousand, and most columns of an indicator are not read.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.models import WorkUnit
from indicators.models import Decree, Indicator
from indicators.quarters import ends_on
from indicators.rule import Rule


@dataclass(frozen=True)
class Promise:
    """One indicator under the decree in force."""

    pk: int
    replaces: int | None
    unit_id: int
    no: int
    name: str
    measure: str
    polarity: str
    cap: Decimal
    worst: Decimal | None
    consolidation: str
    validity: str
    period: str
    kept_rule: str  # JSON
    is_example: bool
    objective_id: int
    objective_no: int
    objective_name: str

    @cached_property
    def rule(self) -> Rule:
        return Rule.from_text(self.kept_rule)

    @property
    def key(self) -> str:
        """What stays the same from year to year, as in `Achievement.objects.earlier_than`."""
        return f"{self.no} {self.name}"

    @property
    def title(self) -> str:
        return f"{self.no}. {self.name}"


_FIELDS = (
    "pk",
    "replaces",
    "unit_id",
    "no",
    "name",
    "measure",
    "polarity",
    "cap",
    "worst",
    "consolidation",
    "validity",
    "period",
)
_FIELDS += ("rule_text", "decree__is_example", "objective_id", "objective__no", "objective__name")


def promises(units: Iterable[WorkUnit], year: int, number: int) -> dict[int, list[Promise]]:
    """Those in force on the last day of the quarter, by unit, in the order of the catalogue; one query."""
    rows = Indicator.objects.filter(unit__in=units, decree__in=Decree.objects.in_force(year, ends_on(year, number)))
    found: dict[int, list[Promise]] = defaultdict(list)
    rows = rows.annotate(rule_text=Cast("kept_rule", TextField()))
    for facts in rows.order_by("unit_id", "objective__no", "no").values_list(*_FIELDS):
        promise = Promise(*facts)
        found[promise.unit_id].append(promise)
    return found
