"""The survey in the demo: last year's published with its plan, this year's open, and people who were just asked."""

from datetime import date, datetime, time, timedelta
from random import Random

from accounts.models import WorkUnit
from kinerjaku import clock
from services.actions import survey, survey_period
from services.actions.survey import Reply
from services.models import Case, SurveyPeriod
from services.questionnaire import KEYS, PROFILE

from . import people

SERVICES = ["validation", "verification", "report_assistance"]
REMARKS = (
    "Contoh: jadwal verifikasi mohon disampaikan seminggu sebelumnya.",
    "Contoh: verifikator menjelaskan dengan sabar.",
    "Contoh: pengunggahan data dukung sudah jauh lebih mudah.",
)


def tell(units: dict[str, WorkUnit], now: datetime, *, ended: Case | None) -> None:
    """Once. Answers are invented, by the public link; the people of the case that `ended` have just been asked."""
    if SurveyPeriod.objects.exists():
        return
    random = Random("survei")  # noqa: S311  (invented figures)
    year = now.year - 1
    asked = [unit for code, unit in units.items() if code != "ROREN"]  # who gives the service is not asked
    last = _period(f"SKM {year} (contoh)", date(year, 11, 3), date(year, 11, 28), 60)
    _answer(last, asked, 46, last.first_day, random)
    with clock.fixed(_at(date(year, 12, 8))) as at:
        for element, action, owner, due_on in (
            ("time", "Contoh: jadwal verifikasi diumumkan tujuh hari sebelumnya.", "verifikator2", date(year, 12, 30)),
            ("complaints", "Contoh: pengaduan dijawab melalui portal.", "subtim", now.date() + timedelta(days=45)),
        ):
            survey_period.plan_follow_up(
                last.pk,
                None,
                element=element,
                action=action,
                owner=people.person(owner),
                due_on=due_on,
                by=people.person("ketuatim"),
                at=at,
            )
        survey_period.publish(last.pk, by=people.person("karoren"), at=at)
    today = now.date()
    running = _period(f"SKM {now.year} (contoh)", today - timedelta(days=10), today + timedelta(days=20), 60)
    _answer(running, asked, 17, running.first_day, random)
    with clock.fixed(now):
        if ended is not None:
            survey.invite(ended.pk, at=now)
        survey.shake(before=today)


def _period(name: str, first_day: date, last_day: date, population: int) -> SurveyPeriod:
    with clock.fixed(_at(first_day)) as at:
        return survey_period.save_period(
            None,
            name=name,
            first_day=first_day,
            last_day=last_day,
            services=SERVICES,
            population=population,
            by=people.person("ketuatim"),
            at=at,
        )


def _answer(period: SurveyPeriod, units: list[WorkUnit], count: int, day: date, random: Random) -> None:
    """Good on the whole; time and complaints less so."""
    for number in range(count):
        with clock.fixed(_at(day + timedelta(days=number % 8))) as at:
            scores = {key: random.choice((2, 3, 3) if key in ("time", "complaints") else (3, 4, 4)) for key in KEYS}
            profile = {trait.key: random.choice(trait.classes)[0] for trait in PROFILE} if number % 3 else {}
            remark = REMARKS[number // 9] if number % 9 == 0 and number // 9 < len(REMARKS) else ""
            unit = units[number % 4] if number % 6 else None
            reply = Reply(scores, profile, remark)
            survey.answer_openly(period.pk, SERVICES[number % 3], unit, reply, at=at)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), clock.WIB)
