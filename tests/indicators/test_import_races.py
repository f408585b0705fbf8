"""Imports that meet each other, or the end of their worker. Row locks and real kills: the PostgreSQL pass."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import builders
import pytest
from builders import IN_TIME
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts import importing
from accounts.models import ImportJob
from indicators.actions import achievement_bulk
from indicators.models import Achievement
from kinerjaku import audit, clock
from kinerjaku.models import AuditEntry
from kinerjaku.sheets import kind_of

State = ImportJob.State
ROWS = 12


@pytest.fixture
def job(cast):
    """An import of twelve rows that waits for a worker to apply it."""
    for no in range(1, ROWS + 1):
        builders.indicator(cast.unit, no)
    builders.quarter()
    text = "versi;no;selesai;rencana\n" + "".join(f"0;{no};{no};20\n" for no in range(1, ROWS + 1))
    options = {"year": 2026, "number": 1, "unit": "ROKEU"}
    with builders.moment(IN_TIME):
        upload = SimpleUploadedFile("isian.csv", text.encode())
        made = importing.start(kind_of("capaian"), upload, options, by=cast.operator, at=IN_TIME)
        importing.run(made.pk, at=IN_TIME)
        made.refresh_from_db()
        return importing.confirm(made.pk, digest=made.digest, by=cast.operator, at=IN_TIME)


def saved():
    return list(Achievement.objects.order_by("indicator__no").values_list("version", "actual", "saved_at"))


def expected(at):
    return [(1, no * 5, at) for no in range(1, ROWS + 1)]


def acts():
    return AuditEntry.objects.filter(verb="simpan capaian").count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_apply_it_once(job, in_threads):
    def run():
        with clock.fixed(IN_TIME):
            return importing.run(job.pk, at=IN_TIME)

    assert sorted(in_threads([run, run])) == [False, True]
    assert (saved(), acts()) == (expected(IN_TIME), ROWS)
    assert list(audit.problems()) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_page_and_a_file_that_write_the_same_row_do_not_overwrite_each_other(job, cast, save, in_threads):
    row = Achievement.objects.get(indicator__no=5)

    def run():
        with clock.fixed(IN_TIME):
            return importing.run(job.pk, at=IN_TIME)

    def type_in():
        return save(row, by=cast.kasubag, selesai="1", rencana="1", version=0)

    in_threads([run, type_in])
    job.refresh_from_db()
    row.refresh_from_db()
    assert row.version == 1
    if job.state == State.DONE:
        assert saved() == expected(IN_TIME)
    else:
        assert (job.state, row.actual, acts()) == (State.FAULTY, 100, 1)
    assert list(audit.problems()) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_half_way_leaves_nothing_and_the_job_is_taken_up_again(job, settings):
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    env = {**os.environ, "DATABASE_URL": url, "TEST_DATA_DIR": os.environ["DATA_DIR"], "PYTHONPATH": "."}
    script = str(Path(__file__).with_name("import_worker.py"))
    command = [sys.executable, script, str(job.pk), IN_TIME.isoformat(), str(settings.MEDIA_ROOT)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "written\n"
        job.refresh_from_db()
        assert (job.state, job.done) == (State.APPLYING, ROWS)  # seen while its transaction is open
        assert all(version == 0 for version, *_ in saved())
    finally:
        process.kill()
        process.wait()
    assert (acts(), all(version == 0 for version, *_ in saved())) == (0, True)
    soon, later = IN_TIME + timedelta(minutes=5), IN_TIME + timedelta(minutes=11)
    with builders.moment(soon):
        importing.sweep(soon)
    job.refresh_from_db()
    assert job.state == State.APPLYING  # it might only be slow
    with builders.moment(later):
        importing.sweep(later)
        importing.sweep(later)
    job.refresh_from_db()
    assert (job.state, job.applied_at) == (State.DONE, later)
    assert (saved(), acts()) == (expected(later), ROWS)
    assert list(audit.problems()) == []


def test_a_worker_whose_job_was_taken_over_keeps_nothing(job, monkeypatch):
    write = achievement_bulk.write

    def slow(*args, **options):
        write(*args, **options)
        ImportJob.objects.filter(pk=job.pk).update(claim="another")

    monkeypatch.setattr(achievement_bulk, "write", slow)
    with builders.moment(IN_TIME):
        importing.run(job.pk, at=IN_TIME)
    assert (acts(), all(version == 0 for version, *_ in saved())) == (0, True)


def test_a_job_that_is_done_is_not_applied_again(job, cast):
    with builders.moment(IN_TIME):
        importing.sweep(IN_TIME)
        assert not importing.run(job.pk, at=IN_TIME + timedelta(days=1))
        job.refresh_from_db()
        with pytest.raises(importing.DomainError, match="tersimpan"):
            importing.confirm(job.pk, digest=job.digest, by=cast.operator, at=IN_TIME)
        with pytest.raises(importing.DomainError, match="tidak dapat dibatalkan"):
            importing.cancel(job.pk, by=cast.operator, at=IN_TIME)
    assert acts() == ROWS


def test_what_was_cancelled_stays_out(job, cast):
    with builders.moment(IN_TIME):
        importing.cancel(job.pk, by=cast.operator, at=IN_TIME)
        importing.sweep(IN_TIME)
    assert acts() == 0


def test_a_job_that_kills_every_worker_is_given_up(job):
    for turn in range(1, importing.MOST_ATTEMPTS + 1):
        ImportJob.objects.filter(pk=job.pk).update(attempts=turn, state=State.APPLYING, claimed_at=IN_TIME)
    later = IN_TIME + timedelta(hours=1)
    with builders.moment(later):
        importing.sweep(later)
    job.refresh_from_db()
    assert (job.state, "gangguan sistem" in importing.details(job).faults[0].advice) == (State.FAULTY, True)


def test_the_files_of_a_job_go_after_their_time(job):
    with builders.moment(IN_TIME):
        importing.sweep(IN_TIME)
        importing.forget(IN_TIME + timedelta(days=89))
        job.refresh_from_db()
        assert job.storage_name
        importing.forget(IN_TIME + timedelta(days=91))
    job.refresh_from_db()
    assert (job.storage_name, job.details_name, job.state) == ("", "", State.DONE)


def test_a_large_file_waits_for_the_worker(cast, as_user, monkeypatch):
    builders.row(builders.indicator(cast.unit, 1))
    monkeypatch.setattr(importing, "AT_ONCE_ROWS", 1)
    with builders.moment(IN_TIME):
        text = b"versi;no;selesai\n0;1;95\n0;2;95\n"
        client = as_user(cast.operator)
        client.post("/capaian/2026/1/ROKEU/impor/", {"berkas": SimpleUploadedFile("isian.csv", text)})
        job = ImportJob.objects.get()
        assert job.state == State.WAITING
        page = client.get(job.get_absolute_url())
        assert b'http-equiv="refresh"' in page.content
        assert client.get(job.get_absolute_url(), headers={"accept": "application/json"}).json() == {
            "running": True,
            "done": 0,
            "total": 0,
            "state": "Menunggu diperiksa",
        }
        importing.sweep(IN_TIME)
    job.refresh_from_db()
    assert (job.state, job.total) == (State.FAULTY, 2)
