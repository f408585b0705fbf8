"""What the tests of accounts share."""

import socket
from dataclasses import dataclass
from html.parser import HTMLParser

import builders
import pytest

from accounts.roles import Role


@dataclass(frozen=True)
class House:
    setjen: object
    bureau: object
    unit: object
    admin: object
    operator: object


@pytest.fixture
def house(db):
    """Setjen with two units, an Admin of the bureau and an operator of ROKEU."""
    setjen, bureau, unit = builders.ministry()
    return House(
        setjen,
        bureau,
        unit,
        admin=builders.user(Role.ADMIN, bureau, name="Dewi Admin"),
        operator=builders.user(Role.OPERATOR, unit, name="Budi Operator"),
    )


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Forms(HTMLParser):
    """The forms of a page as a browser would send them: action and named values."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        elif tag in ("input", "button") and self.found and given.get("name"):
            self.found[-1][1][given["name"]] = given.get("value") or ""

    def to(self, action: str) -> dict[str, str]:
        return next(fields for address, fields in self.found if address == action)


@pytest.fixture
def forms_of():
    return lambda response: Forms(response.content.decode())
