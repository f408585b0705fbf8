"""Ways in which decrees, targets, formulas, cards, imports and help could be abused, each refused."""

import io
import signal
import zipfile
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal as D

import builders
import pytest
from builders import IN_TIME, at
from django.contrib.admin import site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, models, transaction
from django.test import RequestFactory

from accounts import importing
from accounts.models import ImportJob
from accounts.roles import Role
from indicators import checklist, target_rules
from indicators.actions import card, cascade, comments, decree_copy, targets
from indicators.actions import decree as decrees
from indicators.actions import formula as formulas
from indicators.actions import scoring as rules
from indicators.decree_content import content_of
from indicators.formula_trial import stored_draft
from indicators.models import Achievement, Decree, Indicator, Objective, ScoringYear
from kinerjaku import audit, documents, sheet_reader, sheet_writer
from kinerjaku.errors import DomainError
from kinerjaku.sheets import Column, kind_of
from tests.indicators.test_catalogue_admin import change
from tests.indicators.test_target_pages import address, typed

pytestmark = pytest.mark.django_db
MID_YEAR = at("2026-08-20 10:00")
SOON = 5  # seconds that one request may take


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


class TooSlow(BaseException):
    pass


@contextmanager
def soon():
    """What is inside ends within SOON seconds, or the test fails."""

    def fail(*_):
        raise TooSlow(f"longer than {SOON} seconds")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(SOON)
    late = ""
    try:
        yield
    except TooSlow as error:
        late = str(error)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    if late:
        pytest.fail(late, pytrace=False)


@pytest.fixture
def locks(monkeypatch):
    """The order in which an act takes locks: models, and "audit" for the end of the chain."""
    taken = []
    of_rows, of_chain = models.QuerySet.select_for_update, audit._locked_head

    def rows(self, *args, **options):
        taken.append(self.model.__name__)
        return of_rows(self, *args, **options)

    def chain():
        taken.append("audit")
        return of_chain()

    monkeypatch.setattr(models.QuerySet, "select_for_update", rows)
    monkeypatch.setattr(audit, "_locked_head", chain)
    return taken


# Files that cost much more to read than to send

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ROW = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c></row>'


_HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>no</t></is></c><c r="B1" t="inlineStr"><is><t>versi</t></is></c></row>'
)


def workbook(rows, *, before="", strings=""):
    sheet = f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{_HEAD}{rows}</sheetData></worksheet>'
    shared = f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        + f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>' * bool(strings)
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>{shared * bool(strings)}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{strings}</sst>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    packed.seek(0)
    return packed


def read(book):
    try:
        return sheet_reader.read(book, "isian.xlsx", [Column("no", ""), Column("versi", "")])
    except DomainError as error:
        return error


def test_a_row_that_says_it_is_the_two_billionth_costs_no_time():
    book = workbook(_ROW.format(2_000_000_000, "1"))
    with soon():
        read(book)


def test_half_written_merged_cells_cost_no_time():
    book = workbook(_ROW.format(2, "1"), before="<!--" + "<mergeCell " * 60_000 + "-->")
    with soon():
        read(book)


def test_many_empty_rows_cost_little():
    book = workbook("<row/>" * 4_000_000)
    with soon():
        read(book)


def test_many_shared_texts_that_no_cell_has_cost_little():
    book = workbook(_ROW.format(2, "1"), strings="<si><t>a</t></si>" * 1_700_000)
    with soon():
        read(book)


HOSTILE = {
    "gap": lambda: workbook(_ROW.format(2_000_000_000, "1")),
    "merged": lambda: workbook(_ROW.format(2, "1"), before=f"<!--{'<mergeCell ' * 60_000}-->"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_operator_does_not_hold_a_server_process_with_a_file_of_three_kilobytes(cast, name):
    """As the page does it while the person waits: taken in, which looks at the file, then checked at once."""
    builders.row(builders.indicator(cast.unit))
    options = {"year": 2026, "number": 1, "unit": "ROKEU"}
    upload = SimpleUploadedFile("isian.xlsx", HOSTILE[name]().getvalue())
    assert upload.size < 3000
    with soon():
        try:
            job = importing.start(kind_of("capaian"), upload, options, by=cast.operator, at=IN_TIME)
        except DomainError:
            return
        importing.run(job.pk, at=IN_TIME, most_rows=importing.AT_ONCE_ROWS)


# Imports


@pytest.fixture
def bring(cast):
    def brought(kind, data, *, reason="", by=None, applies=False):
        upload = SimpleUploadedFile("berkas.csv", data if isinstance(data, bytes) else data.encode())
        options = {"reason": reason} if reason else {}
        job = importing.start(kind_of(kind), upload, options, by=by or cast.admin, at=IN_TIME)
        importing.run(job.pk, at=IN_TIME)
        job.refresh_from_db()
        if applies and job.state == ImportJob.State.READY:
            importing.confirm(job.pk, digest=job.digest, by=job.by, at=IN_TIME)
            importing.run(job.pk, at=IN_TIME)
            job.refresh_from_db()
        return job

    return brought


def catalogue_file(cast, old=b"", new=b""):
    kind = kind_of("katalog")
    return sheet_writer.as_csv(kind.file_columns(cast.admin, {}), kind.table(cast.admin, {})).replace(old, new)


def test_a_line_feed_in_the_address_of_a_download_is_no_fault_of_the_server(cast, as_user):
    client = as_user(cast.operator)
    client.raise_request_exception = False
    assert client.get("/impor/berkas/capaian/?unit=a%0Ab").status_code < 500
    admin = as_user(cast.admin)
    admin.raise_request_exception = False
    assert admin.get("/impor/berkas/katalog/?keputusan=a%0Db&isi=kosong").status_code < 500


def test_the_reason_of_an_import_has_no_nul(cast, as_user):
    """PostgreSQL keeps none: the request would end in an error of the server."""
    upload = SimpleUploadedFile("a.csv", b"keputusan;unit;no;tw_1\nx;ROKEU;1;45\n")
    answer = as_user(cast.admin).post("/impor/baru/?jenis=target", {"berkas": upload, "alasan": "a\x00b"})
    assert answer.status_code in (302, 400, 422)
    assert not any("\x00" in job.options.get("reason", "") for job in ImportJob.objects.all())


def test_a_variable_named_twice_in_the_catalogue_file_is_a_fault_of_its_row(cast, bring):
    builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    data = catalogue_file(cast, b"rencana | Rencana", b"rencana | Rencana\nrencana | Dua")
    try:
        with transaction.atomic():
            job = bring("katalog", data)
    except IntegrityError as error:
        pytest.fail(f"an error of the server: {error}", pytrace=False)
    assert job.state == ImportJob.State.FAULTY


def test_checking_a_catalogue_file_does_not_hold_the_audit_chain(cast, bring, locks):
    """Everybody who saves anything would wait until the check of the whole file is over."""
    builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    data = catalogue_file(cast, b"Indikator 1", b"Nama baru")
    job = importing.start(
        kind_of("katalog"), SimpleUploadedFile("a.csv", data), {"reason": "Ralat"}, by=cast.admin, at=IN_TIME
    )
    locks.clear()
    importing.run(job.pk, at=IN_TIME)
    assert "audit" not in locks


def test_the_catalogue_file_brings_no_new_indicator_into_an_enacted_decree(cast, bring):
    """As the card page refuses it: only by an amendment, which gives open quarters their rows."""
    builders.row(builders.indicator(cast.unit))
    lines = catalogue_file(cast).decode("utf-8-sig")
    head, _, first = lines.partition("\r\n")
    added = first.replace("ROKEU;1;1;Indikator 1", "ROKEU;2;1;Indikator 2")
    job = bring("katalog", f"{head}\r\n{added}", reason="Ralat", applies=True)
    assert job.state == ImportJob.State.FAULTY
    assert Indicator.objects.count() == 1


def test_the_catalogue_file_says_of_no_cascaded_indicator_that_it_is_not_cascaded(cast, bring):
    draft = builders.decree(2026, state="draft")
    parent, child = builders.indicator(cast.setjen, decree=draft), builders.indicator(cast.unit, decree=draft)
    cascade.link(parent.pk, child.pk, "component", by=cast.admin, at=IN_TIME)
    kind = kind_of("katalog")
    place = [column.key for column in kind.file_columns(cast.admin, {})].index("tidak_diturunkan")
    rows = [list(row) for row in kind.table(cast.admin, {})]
    rows[0][place] = "ya"
    job = bring("katalog", sheet_writer.as_csv(kind.file_columns(cast.admin, {}), rows), applies=True)
    assert job.state == ImportJob.State.FAULTY
    assert not Indicator.objects.get(pk=parent.pk).is_not_cascaded


def test_an_import_of_targets_locks_the_decree_before_its_indicators(cast, bring, locks):
    """As every other act does: the other way round two of them wait for each other."""
    builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    data = "keputusan;unit;no;tw_1\nkeputusan-2026;ROKEU;1;45\n"
    job = bring("target", data)
    importing.confirm(job.pk, digest=job.digest, by=cast.admin, at=IN_TIME)
    locks.clear()
    importing.run(job.pk, at=IN_TIME)
    assert locks.index("Decree") < locks.index("Indicator"), locks


# Targets


def test_targets_of_several_indicators_lock_all_rows_before_the_audit_chain(cast, locks):
    """A save of the second row, which holds it and waits for the chain, and this act would wait for each other."""
    one, two = (builders.indicator(cast.unit, no) for no in (1, 2))
    builders.quarter()
    locks.clear()
    targets.set_all({one.pk: {1: D(45)}, two.pk: {1: D(45)}}, by=cast.admin, at=IN_TIME, reason="Ralat")
    assert "Achievement" not in locks[locks.index("audit") :], locks


def test_targets_saved_between_the_look_and_the_lock_are_not_written_over(cast):
    """What was seen is compared under the lock, as cards and formulas do it."""
    indicator = builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    seen = {indicator.pk: target_rules.fingerprint(targets.stored(indicator))}
    targets.set_targets(indicator.pk, {1: D(50)}, by=cast.admin, at=IN_TIME)
    with pytest.raises(DomainError) as refused:
        targets.set_all({indicator.pk: {1: D(45)}}, by=cast.operator, at=IN_TIME, seen=seen)
    assert refused.value.code == "stale"
    assert indicator.targets.get(number=1).value == 50


def test_the_reason_of_changed_targets_has_no_nul(cast, as_user):
    """PostgreSQL keeps none: the request would end in an error of the server."""
    indicator = builders.indicator(cast.unit)
    as_user(cast.admin).post(address(indicator), typed(indicator, "", "45", alasan="Ra\x00lat"))
    assert not any("\x00" in entry.reason for entry in audit.history(indicator))


# Decrees


def test_a_comment_on_an_empty_row_does_not_keep_an_amendment_from_being_enacted(cast):
    """Anybody who may comment could keep the set as it is."""
    dropped = builders.indicator(cast.unit, 2)
    builders.indicator(cast.unit, 1)
    quarter = builders.quarter(number=3)
    change = builders.amendment(dropped.decree, by=cast.admin, begins=date(2026, 7, 1))
    decree_copy.drop(change.pk, change.indicators.get(no=2).pk, by=cast.admin, at=IN_TIME)
    with builders.moment(MID_YEAR):
        row = Achievement.objects.get(indicator=dropped, quarter=quarter)
        comments.say(row.pk, "Mohon tetap ada.", by=cast.operator, at=MID_YEAR)
        decrees.enact_on_paper(change.pk, number="12", decided_on=date(2026, 8, 19), by=cast.admin, at=MID_YEAR)
    assert Decree.objects.get(pk=change.pk).is_enacted


def test_a_comment_on_an_empty_row_does_not_keep_a_decree_from_being_revoked(cast):
    row = builders.row(builders.indicator(cast.unit))
    comments.say(row.pk, "Mohon tetap ada.", by=cast.operator, at=IN_TIME)
    decrees.revoke(row.indicator.decree_id, reason="Diganti.", by=cast.admin, at=IN_TIME)
    assert Decree.objects.get().state == Decree.State.REVOKED


def test_signing_a_decree_locks_quarters_and_rows_before_the_audit_chain(cast, locks):
    """Who saves a row meanwhile holds it and waits for the chain: the two would wait for each other."""
    row = builders.row(builders.indicator(cast.unit))
    change = builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 1, 1))
    seen = documents.content_hash(content_of(Decree.objects.get(pk=change.pk)))
    for person in (cast.karoren, builders.legal_head(cast.setjen)):
        decrees.initial(change.pk, content_hash=seen, by=person, at=IN_TIME)
    sekjen = builders.user(Role.SEKJEN, cast.setjen)
    locks.clear()
    decrees.sign(change.pk, content_hash=seen, by=sekjen, at=IN_TIME)
    assert not {"Quarter", "Achievement"} & set(locks[locks.index("audit") :]), locks


def test_initials_lapse_when_the_formula_is_turned_round_behind_equal_labels(cast):
    """“Jumlah” ÷ “Jumlah” reads the same either way, and is not."""
    indicator = builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    indicator.variables.update(label="Jumlah")
    builders.catalogue.keep_rule(indicator)
    seen = documents.content_hash(content_of(indicator.decree))
    decrees.initial(indicator.decree_id, content_hash=seen, by=cast.karoren, at=IN_TIME)
    fresh = Indicator.objects.get()
    turned = stored_draft(fresh).__class__("rencana / selesai * 100", stored_draft(fresh).variables)
    formulas.save(fresh.pk, turned, seen=formulas.fingerprint(fresh), by=cast.admin, at=IN_TIME)
    assert documents.content_hash(content_of(Decree.objects.get())) != seen


def test_initials_lapse_when_an_indicator_gets_other_components(cast):
    """Where its values come from is part of how it is computed."""
    draft = builders.decree(2026, state="draft")
    parent, child = builders.indicator(cast.setjen, decree=draft), builders.indicator(cast.unit, decree=draft)
    seen = documents.content_hash(content_of(draft))
    cascade.link(parent.pk, child.pk, "component", by=cast.admin, at=IN_TIME)
    cascade.set_from_children(parent.pk, {"selesai": "highest"}, by=cast.admin, at=IN_TIME)
    assert documents.content_hash(content_of(Decree.objects.get())) != seen


def test_an_indicator_leaves_no_enacted_decree_through_the_admin(cast, as_user):
    """The reason is asked of the decree where it goes to; it is the one it comes from that was decided."""
    indicator = builders.indicator(cast.unit)
    draft = Decree.objects.create(key="rancangan", title="Rancangan", year=2026)
    objective = Objective.objects.create(decree=draft, unit=cast.unit, no=1, name="Sasaran")
    change(as_user(cast.admin), indicator, decree=draft.pk, objective=objective.pk, reason="")
    assert Indicator.objects.get().decree == indicator.decree


def test_an_objective_of_an_enacted_decree_changes_for_a_reason_only(cast, as_user):
    objective = builders.indicator(cast.unit).objective
    data = {"decree": objective.decree_id, "unit": objective.unit_id, "no": 1, "name": "Sasaran lain"}
    as_user(cast.admin).post(f"/admin/indicators/objective/{objective.pk}/change/", data)
    assert Objective.objects.get().name == objective.name


def test_an_edit_in_the_admin_does_not_undo_an_enactment_of_the_same_moment(cast):
    """The form has read the draft; meanwhile it was enacted."""
    builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    stale = Decree.objects.get()
    decrees.enact_on_paper(stale.pk, number="1", decided_on=date(2026, 4, 9), by=cast.admin, at=IN_TIME)
    stale.title = "Judul baru"
    request = RequestFactory().post("/")
    request.user = cast.admin
    with suppress(DomainError):
        site.get_model_admin(Decree).save_model(request, stale, None, True)
    assert Decree.objects.get().is_enacted


# Cards


def test_one_document_sent_twice_loses_none(cast):
    indicator = builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    card.edit_card(indicator.pk, {"slots": [card.Slot("Laporan")]}, by=cast.admin, at=IN_TIME)
    pk = indicator.evidence_slots.get().pk
    twice = [card.Slot("Laporan", pk=pk), card.Slot("Notula", pk=pk)]
    try:
        card.edit_card(indicator.pk, {"slots": twice}, by=cast.admin, at=IN_TIME)
    except DomainError:
        twice = twice[:1]
    assert indicator.evidence_slots.count() == len(twice)


# Help while entering


def test_a_person_with_a_number_beyond_all_keys_is_no_fault_of_the_server(cast, as_user):
    row = builders.row(builders.indicator(cast.unit))
    client = as_user(cast.operator)
    client.raise_request_exception = False
    data = {"komentar-text": "Halo", "komentar-people": "9" * 30}
    assert client.post(f"/capaian/baris/{row.pk}/komentar/", data).status_code == 422


def test_the_panel_shows_no_figures_of_the_unit_that_had_the_indicator_before(cast, as_user, save):
    """The amendment gives the indicator to another unit, whose people do not see the first one's rows."""
    other = builders.unit("ROUM", parent=cast.setjen)
    operator = builders.user(Role.OPERATOR, other)
    first = builders.row(builders.indicator(cast.unit))
    save(first, by=cast.operator, selesai="77", rencana="100")
    change = builders.amendment(first.indicator.decree, by=cast.admin, begins=date(2026, 7, 1))
    objective = Objective.objects.create(decree=change, unit=other, no=1, name="Sasaran")
    change.indicators.update(unit=other, objective=objective)
    with builders.moment(MID_YEAR):
        decrees.enact_on_paper(change.pk, number="12", decided_on=date(2026, 8, 19), by=cast.admin, at=MID_YEAR)
        third = builders.row(change.indicators.get(), 3)
        assert as_user(operator).get(f"/capaian/baris/{first.pk}/").status_code == 404
        answer = as_user(operator).get(f"/capaian/baris/{third.pk}/")
        assert answer.status_code == 200
        page = answer.content.decode()
    assert f"/capaian/baris/{first.pk}/" not in page
    assert "77" not in page.replace(str(first.pk), "")


def test_who_comments_on_many_rows_in_an_hour_is_stopped(cast):
    """Each comment tells whoever is mentioned, up to the Sekjen: the count of one row alone holds nobody back."""
    rows = [builders.indicator(cast.unit, no) for no in range(1, 5)]
    rows = [builders.row(one) for one in rows]
    said = 0
    try:
        for row in rows:
            for number in range(comments.MOST_AN_HOUR):
                comments.say(row.pk, f"Halo {number}", mentions=[cast.karoren.pk], by=cast.operator, at=IN_TIME)
                said += 1
    except DomainError:
        pass
    assert said <= 2 * comments.MOST_AN_HOUR


def test_an_achievement_at_the_cap_of_the_year_asks_for_an_explanation(cast, save):
    """The cap that held is the year's (decision 19), not the 120 of the indicator."""
    rules.save_year(ScoringYear(year=2026, basis="x", cap=D(110)), by=cast.admin, at=IN_TIME)
    row = builders.row(builders.indicator(cast.unit, target="50"))
    saved = save(row, by=cast.operator, selesai="95", rencana="100")
    assert saved.percent == 110
    assert checklist.unusual(saved)
