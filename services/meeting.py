"""A meeting as an iCalendar event that people's calendars take over from an e-mail (RFC 5545, RFC 5546)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

REQUEST, CANCEL = "REQUEST", "CANCEL"
PRODUCT = "-//Kementerian Kelautan dan Perikanan//Kinerjaku//ID"


@dataclass(frozen=True, slots=True)
class Meeting:
    """`uid` stays the same through all changes, of which `sequence` is the number."""

    uid: str
    sequence: int
    summary: str
    description: str
    begins_at: datetime
    ends_at: datetime
    place: str
    link: str
    stamped_at: datetime


def icalendar(meeting: Meeting, method: str, *, organizer: tuple[str, str], attendee: tuple[str, str]) -> bytes:
    """The event for one attendee; organizer and attendee are (name, e-mail address). Instants are written in UTC, which
    every calendar shows in its own zone. Answers are given in the portal, so none is asked for by mail (RSVP)."""
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.stamped_at.astimezone(UTC))
    event.add("dtstart", meeting.begins_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", meeting.summary)
    event.add("description", meeting.description)
    event.add("location", meeting.place or meeting.link)
    if meeting.link:
        event.add("url", meeting.link)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("organizer", _address(*organizer))
    person = _address(*attendee)
    person.params |= {"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("NEEDS-ACTION"), "RSVP": vText("FALSE")}
    event.add("attendee", person, encode=0)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name.replace('"', "'"))  # a parameter cannot carry the sign that ends it
    return address
