"""The house stands as drawn: an app imports only from its left, and some things have one place only."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFT_TO_RIGHT = ["kinerjaku", "accounts", "services", "indicators", "verification", "reporting"]
ENTRANCES = {"kinerjaku/urls.py"}  # the one place that names every app


def sources(app: str) -> list[Path]:
    return [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def imported(path: Path) -> set[str]:
    """The dotted modules a file imports, relative ones resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("app", LEFT_TO_RIGHT)
def test_an_app_imports_only_from_its_left(app):
    to_the_right = LEFT_TO_RIGHT[LEFT_TO_RIGHT.index(app) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(app)
        if str(path.relative_to(ROOT)) not in ENTRANCES
        for name in imported(path)
        if name.split(".")[0] in to_the_right
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "pure",
    [
        "services/worktime.py",
        "services/sla.py",
        "services/ikm.py",
        "services/questionnaire.py",
        "services/workdays.py",
        "services/meeting.py",
        "indicators/scoring.py",
        "indicators/scheme.py",
        "indicators/explanation.py",
        "indicators/formula.py",
        "indicators/formula_check.py",
        "indicators/worked_example.py",
        "indicators/scale.py",
        "indicators/quarters.py",
        "indicators/rule.py",
        "indicators/versions.py",
    ],
)
def test_a_pure_module_knows_no_framework_and_no_clock(pure):
    names = {name.split(".")[0] for name in imported(ROOT / pure)}
    assert names & {"django", "celery", "kinerjaku", "accounts"} == set()


def test_only_the_pdf_module_imports_weasyprint():
    importers = [
        str(path.relative_to(ROOT))
        for app in LEFT_TO_RIGHT
        for path in sources(app)
        if any(name.split(".")[0] == "weasyprint" for name in imported(path))
    ]
    assert importers == ["kinerjaku/pdf.py"]


def test_templates_switch_no_escaping_off():
    offenders = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if "|safe" in path.read_text() or "autoescape off" in path.read_text()
    ]
    assert offenders == []


def test_pages_carry_no_inline_script_or_style():
    """The content security policy would block them; PDFs are no pages."""
    offenders = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        if "pdf" in path.parts:
            continue
        if " style=" in text or "<style" in text or " onclick=" in text or "<script>" in text:
            offenders.append(str(path.relative_to(ROOT)))
    assert offenders == []
