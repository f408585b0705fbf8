"""`manage.py serve`, really started on data of its own; on PostgreSQL and Redis when the tests run there."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg2
import pytest
from redis import Redis

ROOT = Path(__file__).parents[2]
LEAVE_NOTICE = """
from datetime import UTC, datetime
from accounts.models import User
from accounts.notices import tell
user, _ = User.objects.get_or_create(email="penerima@contoh.test", name="Penerima")
tell([user], cause="{0}", subject="{0}", body="Isi.", path="/", at=datetime(2026, 1, 5, tzinfo=UTC))
"""


def until(what: Callable[[], Any], seconds: float = 90) -> Any:
    """The first true answer; a failure if none comes in time."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Portal:
    """One installation: its data, and the `serve` that may be running on it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "serve.log"
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = {
            **keep,
            **environment,
            "DJANGO_SETTINGS_MODULE": "kinerjaku.settings.dev",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
        }

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, *options: str) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *options],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        until(self.is_announced)

    def is_announced(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return f"Kinerjaku siap di http://127.0.0.1:{self.port}/" in self.log.read_text()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(30)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
                return response.status, response.read().decode()
        except OSError as error:
            return 0, str(error)

    def processes(self) -> dict[int, list[bytes]]:
        """Everything that runs on this installation's data: pid and command."""
        mark = f"DATA_DIR={self.folder}\0".encode()
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found

    def main(self, name: bytes) -> int | None:
        """The pid of the child of the supervisor whose command has this word."""
        for pid, command in self.processes().items():
            stat = Path(f"/proc/{pid}/stat")
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1]) if stat.exists() else 0
            if parent == self.process.pid and name in command:
                return pid
        return None

    def leave_notice(self, subject: str) -> None:
        result = self.manage("shell", "-c", LEAVE_NOTICE.format(subject))
        assert result.returncode == 0, result.stderr

    def mailed(self, subject: str) -> bool:
        return any(subject in mail.read_text() for mail in self.folder.glob("mail/*"))


@contextmanager
def backends(number: int) -> Iterator[dict[str, str]]:
    """The environment of a fresh database and an empty queue on the servers of this run, if it has any."""
    database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    environment = {}
    if redis:
        environment["REDIS_URL"] = urlsplit(redis)._replace(path=f"/{number}").geturl()
        Redis.from_url(environment["REDIS_URL"]).flushdb()
    if not database.startswith("postgres"):
        yield environment
        return
    name = f"serve_{uuid.uuid4().hex}"
    server = psycopg2.connect(database)
    server.autocommit = True
    try:
        server.cursor().execute(f"CREATE DATABASE {name}")
        yield environment | {"DATABASE_URL": urlsplit(database)._replace(path=f"/{name}").geturl()}
        server.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        server.close()


@pytest.fixture
def new_portal(tmp_path: Path, worker_id: str) -> Iterator[Portal]:
    """Not started yet; what runs on its data in the end is ended."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
    with backends(1 + number) as environment:
        portal = Portal(tmp_path, **environment)
        yield portal
        for pid in portal.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        portal.process.wait(10)
        until(lambda: not portal.processes())


@pytest.fixture
def portal(new_portal: Portal) -> Portal:
    """Running, without the demo story."""
    new_portal.start("--no-seed")
    return new_portal


def test_it_serves_works_off_the_queue_and_mends_itself(portal: Portal) -> None:
    assert portal.get("/healthz") == (200, "ok")
    status, ready = portal.get("/readyz")
    assert (status, json.loads(ready)) == (200, {"database": True, "broker": True})
    assert (portal.folder / "kinerjaku.sqlite3").exists() == ("DATABASE_URL" not in portal.environment)
    portal.leave_notice("Sebelum-pekerja-mati")
    until(lambda: portal.mailed("Sebelum-pekerja-mati"))

    first = until(lambda: portal.main(b"worker"))
    os.kill(first, signal.SIGKILL)
    until(lambda: "worker berhenti (kode -9)" in portal.log.read_text())
    assert until(lambda: portal.main(b"worker")) != first
    portal.leave_notice("Sesudah-pekerja-hidup")
    until(lambda: portal.mailed("Sesudah-pekerja-hidup"))


def test_a_killed_web_comes_back_on_the_same_port(portal: Portal) -> None:
    os.kill(until(lambda: portal.main(b"gunicorn")), signal.SIGKILL)
    until(lambda: "web berhenti (kode -9)" in portal.log.read_text())
    until(lambda: portal.get("/healthz") == (200, "ok"))


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_leaves_nobody_behind(portal: Portal, by: signal.Signals) -> None:
    for name in (b"gunicorn", b"worker", b"beat"):
        until(lambda name=name: portal.main(name))
    assert portal.stop(by) == 0
    assert portal.processes() == {}
    assert "Traceback" not in portal.log.read_text()


def test_nobody_outlives_a_killed_supervisor(portal: Portal) -> None:
    until(lambda: portal.main(b"beat"))
    portal.process.kill()
    portal.process.wait(10)
    until(lambda: portal.processes() == {})


def test_the_first_start_tells_a_demo_story_and_names_its_people(new_portal: Portal) -> None:
    new_portal.start()
    said = new_portal.log.read_text()
    assert "Menyusun data peragaan" in said
    for name in ("operator.rokeu", "verifikator2", "karoren", "admin"):
        assert f" {name}@contoh.test " in said
    assert new_portal.get("/healthz") == (200, "ok")
    assert new_portal.stop() == 0
    assert new_portal.processes() == {}


def test_the_data_outlive_a_restart(portal: Portal) -> None:
    portal.leave_notice("Disimpan")
    keys = [(portal.folder / name).read_text() for name in ("secret_key.txt", "audit_key.txt")]
    portal.stop()
    portal.log.write_text("")
    portal.start("--no-seed")
    assert keys == [(portal.folder / name).read_text() for name in ("secret_key.txt", "audit_key.txt")]
    found = portal.manage("shell", "-c", "from accounts.models import Notice; print(Notice.objects.get().subject)")
    assert "Disimpan" in found.stdout


def test_a_second_one_on_the_same_data_is_refused(portal: Portal) -> None:
    second = portal.manage("serve", PORT=str(free_port()))
    assert second.returncode == 1
    assert f"`serve` lain (proses {portal.process.pid}) sudah berjalan" in second.stderr
    assert portal.get("/healthz") == (200, "ok")


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    portal = Portal(tmp_path)
    with socket.create_server(("127.0.0.1", portal.port)):
        result = portal.manage("serve")
    assert result.returncode == 1
    assert f"Port {portal.port} tidak dapat dipakai" in result.stderr
    assert not (tmp_path / "kinerjaku.sqlite3").exists()
