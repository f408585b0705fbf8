"""Who begins a case, whose turn it is, who may hand it on: the rules that the acts enforce and the pages show.

What an app to the right makes with a case, its sheet or its round, is registered here too: such a case is begun by hand
although its steps are moved by what was made (docs/decisions/0012).
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q, QuerySet

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES, Role
from kinerjaku.errors import DomainError

from .models import Case, Standard, Step
from .models.case import MADE

Actor = Step.Actor

ACTS = {  # who completes a step, by its actor
    Actor.UNIT: Verb.SUBMIT,
    Actor.STAFF: Verb.ENTER,
    Actor.KASUBAG: Verb.CHECK_UNIT,
    Actor.OFFICIAL: Verb.SIGN_UNIT,
    Actor.BUREAU: Verb.VERIFY,
    Actor.JOINT: Verb.VERIFY,
    Actor.WITH_ITJEN: Verb.VERIFY,
    Actor.ALL_PARTIES: Verb.VERIFY,
}
_BUREAU = (Role.VERIFIER,)
TURNS = {  # who is told that it is their turn
    Actor.UNIT: UNIT_ROLES,
    Actor.STAFF: (Role.OPERATOR,),
    Actor.KASUBAG: (Role.KASUBAG,),
    Actor.OFFICIAL: (Role.OFFICIAL,),
    Actor.BUREAU: _BUREAU,
    Actor.JOINT: _BUREAU,
    Actor.WITH_ITJEN: _BUREAU,
    Actor.ALL_PARTIES: _BUREAU,
}
Companion = Callable[..., None]  # (case, by=, at=)
BEGINNINGS: dict[str, Companion] = {}
ENDINGS: dict[str, Companion] = {}


def begins_with_case(key: Standard.Key) -> Callable[[Companion], Companion]:
    """Register what is made with each case of this service, in the same transaction."""

    def register(makes: Companion) -> Companion:
        BEGINNINGS[key] = makes
        return makes

    return register


def ends_with_case(key: Standard.Key) -> Callable[[Companion], Companion]:
    """Register what ends with each case of this service, however that ends, in the same transaction."""

    def register(ends: Companion) -> Companion:
        ENDINGS[key] = ends
        return ends

    return register


def may_start(user: User, standard: Standard, unit: WorkUnit) -> bool:
    """Whoever does the first step begins the case by hand, or the bureau; never where a worksheet begins it."""
    return any(policy.can(user, verb, unit) for verb in _starters(standard))


def may_start_somewhere(user: User, standard: Standard) -> bool:
    """The twin of `may_start` for menus."""
    return any(policy.can_somewhere(user, verb) for verb in _starters(standard))


def _starters(standard: Standard) -> set[Verb]:
    """The rights of which one is needed; none suffices where the case is begun by its worksheet."""
    if not is_begun_by_hand(standard):
        return set()
    first = standard.steps.all()[0]
    return {ACTS[Actor(first.actor)]} | ({Verb.VERIFY} if standard.is_public else {Verb.CHECK_UNIT})


def is_begun_by_hand(standard: Standard) -> bool:
    return standard.key in BEGINNINGS or standard.steps.all()[0].mover == Step.Mover.PERSON


def has_turn(user: User, case: Case) -> bool:
    """Whether the user is the actor of the present step."""
    return policy.can(user, ACTS[Actor(case.step.actor)], case.unit)


def awaiting(user: User) -> QuerySet[Case]:
    """Open cases whose present step this user completes by hand: the query twin of `has_turn`."""
    turns = Q(pk__in=[])
    for verb in set(ACTS.values()):
        if policy.can_somewhere(user, verb):
            actors = [actor for actor, needed in ACTS.items() if needed == verb]
            turns |= Q(step__actor__in=actors, unit__in=policy.units_for(user, verb))
    without = {f"{name}__isnull": True for name in MADE}
    by_hand = Q(step__mover=Step.Mover.PERSON) | Q(standard__key__in=BEGINNINGS, **without)
    return Case.objects.filter(turns, by_hand, state=Case.State.OPEN)


def is_by_hand(case: Case) -> bool:
    """Whether the present step is completed on the page of the case: so it is, besides, where nothing was made with the
    case although its service has a sheet by now, for it began before that."""
    return case.step.mover == Step.Mover.PERSON or (case.standard.key in BEGINNINGS and case.made is None)


def leads_back_to_unit(case: Case) -> bool:
    """Whether a sheet can give the present step back to the unit, which then has something to do."""
    step = case.step
    if step.mover != Step.Mover.WORKSHEET or step.back_to is None:
        return False
    return bool(case.standard.steps.filter(order=step.back_to, actor=Actor.UNIT).exists())


def cancels(case: Case) -> Verb:
    """The right to cancel it."""
    if not case.standard.is_public:
        return Verb.CHECK_UNIT
    by_hand = not case.standard.steps.exclude(mover=Step.Mover.PERSON).exists()
    return Verb.VERIFY if by_hand else Verb.DIRECT_SERVICES


def may_cancel(user: User, case: Case) -> bool:
    """Besides, the unit itself while nothing has been asked of the bureau: it withdraws what it began."""
    if policy.can(user, cancels(case), case.unit):
        return True
    providing = [step.order for step in case.standard.steps.all() if step.actor in Step.PROVIDER]
    reached = case.events.aggregate(last=Max("step"))["last"] or 0
    with_unit = bool(providing) and reached < min(providing) and case.standard.is_public
    return with_unit and policy.can(user, Verb.SUBMIT, case.unit)


def require_may_cancel(user: User, case: Case) -> None:
    if not may_cancel(user, case):
        policy.require(user, cancels(case), case.unit)


def other_officers(case: Case) -> QuerySet[User]:
    """To whom the case can be handed."""
    return policy.holders(Role.VERIFIER, case.unit).exclude(pk=case.officer_id).order_by("name")


def require_by_hand(case: Case) -> None:
    if not is_by_hand(case):
        raise DomainError(
            f"Langkah ini selesai dengan sendirinya lewat {case.step.get_mover_display().lower()}.",
            code="moved_elsewhere",
            status=409,
        )


def require_starter(standard: Standard, unit: WorkUnit, *, by: User) -> None:
    if may_start(by, standard, unit):
        return
    policy.require(by, Verb.VIEW, unit)
    if not is_begun_by_hand(standard):
        raise DomainError("Berkas layanan ini dibuka oleh lembar kerjanya.", code="moved_elsewhere", status=409)
    raise PermissionDenied


def require_turn(case: Case, order: int, *, by: User | None) -> None:
    if case.step.order != order:
        raise DomainError(
            f"Berkas ini berada pada langkah {case.step.order}. Muat ulang halaman.", code="wrong_step", status=409
        )
    if by is None or (case.step.invites and policy.can(by, Verb.ISSUE_INVITATION, case.unit)):
        return  # who sends the invitation completes the step with it
    policy.require(by, ACTS[Actor(case.step.actor)], case.unit)
