"""The office will be closed on the next working day: the clocks of open cases are counted anew."""

from datetime import datetime, timedelta

from kinerjaku import clock
from services import tasks
from services.actions import calendar
from services.calendar import working_calendar
from services.models import Closure

from . import people

NAME = "Pemeliharaan gedung (contoh)"


def tell(now: datetime) -> None:
    if Closure.objects.filter(name=NAME).exists():
        return
    day, hours = now.astimezone(clock.WIB).date() + timedelta(days=1), working_calendar()
    while not hours.is_working_day(day):
        day += timedelta(days=1)
    with clock.fixed(now):
        closed = Closure(day=day, kind=Closure.Kind.OTHER, name=NAME, basis="Pengumuman Sekretariat Jenderal (contoh)")
        calendar.save_closure(closed, by=people.person("admin"), at=now)
        tasks.sound_clocks()
