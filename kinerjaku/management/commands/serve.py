"""`manage.py serve`: the whole portal on one machine.

Prepares the database, then keeps web, worker and beat alive until Ctrl-C or SIGTERM. They are then asked to
finish; only what has not within GRACE is killed. A new database gets the demo story first: the web is there
meanwhile, worker and beat are not, as the schedule would close the past quarters before they are told.
"""

import contextlib
import ctypes
import fcntl
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

HOST = "127.0.0.1"
GRACE = 10.0  # seconds from TERM to KILL
PATIENCE = 10.0  # seconds that worker and beat leave the processors to the web, unless it answers sooner
STEADY = 60.0  # seconds after which a child counts as well again
LONGEST_PAUSE = 30.0  # seconds between two starts of a child that keeps ending
PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass
class Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = 0.0

    def start(self, now: float) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone.
        self.process = subprocess.Popen(  # noqa: S603 -- our own commands; no shell
            self.command,
            cwd=settings.ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        self.started = now

    def ended(self, now: float) -> int | None:
        """The exit code if the child has just ended; it is then due again after a pause that grows."""
        code = self.process.poll() if self.process else None
        if code is not None:
            self.kill()  # what it left behind would still hold the port or take tasks
            steady = now - self.started > STEADY
            self.pause = 1.0 if steady or not self.pause else min(self.pause * 2, LONGEST_PAUSE)
            self.due = now + self.pause
        return code

    def kill(self) -> None:
        """End the whole session of the child, at once."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Command(BaseCommand):
    help = (
        "Menyiapkan basis data, lalu menjalankan web, pekerja, dan penjadwal di mesin ini sampai Ctrl-C. "
        "PORT dan DATA_DIR dibaca dari lingkungan."
    )
    requires_system_checks = ()  # script/check and the deployment run them; here they would cost a second

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-seed", action="store_true", help="basis data baru tetap kosong, tanpa data peragaan")

    def handle(self, *args: Any, no_seed: bool, **options: Any) -> None:
        self.port = int(os.environ.get("PORT") or 8000)
        self.address = f"http://{HOST}:{self.port}/"
        with _lock(settings.DATA_DIR / "serve.lock"):
            self._require_free_port()
            unfinished = settings.DATA_DIR / "seed.unfinished"
            try:
                os.umask(0o077)  # people's figures and passwords' hashes are nobody else's on this machine
                settings.DATA_DIR.chmod(0o700)
                self._prepare()
                if not no_seed and not get_user_model().objects.exists():
                    unfinished.touch()
            except KeyboardInterrupt:
                raise CommandError("Dihentikan sebelum siap.", returncode=130) from None
            connection.close()
            self._supervise(None if no_seed or not unfinished.exists() else unfinished)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _require_free_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                raise CommandError(
                    f"Port {self.port} tidak dapat dipakai ({error.strerror}). Hentikan pemakainya,"
                    f" atau pilih port lain, misalnya: PORT={self.port + 1} script/server"
                ) from error

    def _prepare(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("Menyiapkan basis data …")
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        with open(os.devnull, "w") as nowhere:
            call_command("load_calendar", stdout=nowhere)
            call_command("load_standards", stdout=nowhere)

    def _supervise(self, unfinished: Path | None) -> None:
        """`unfinished`: the mark that the demo story is yet to be told, or told to its end."""
        stopping: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda received, frame: stopping.append(received))
        web, *others = _children(self.port)
        seed = Child("seed_demo", [sys.executable, str(settings.ROOT / "manage.py"), "seed_demo", "-v", "0"])
        patience = time.monotonic() + PATIENCE
        announced = False
        try:
            while not stopping:
                now = time.monotonic()
                self._tend(web, now)
                if unfinished:
                    unfinished = self._told(seed, unfinished, now)
                elif announced or now > patience:
                    for child in others:
                        self._tend(child, now)
                if not announced and self._answers() and (_demo_accounts() or not unfinished):
                    announced = True
                    self._announce()
                time.sleep(0.1)
            self._say("Menghentikan …")
        finally:
            _stop([web, *others, seed])

    def _told(self, seed: Child, unfinished: Path, now: float) -> Path | None:
        """Start the demo story or look after it; None when it has ended."""
        if seed.process is None:
            self._say("Menyusun data peragaan, sekitar satu menit; portal sudah dapat dipakai sementara itu …")
            seed.start(now)
        elif (code := seed.ended(now)) is not None:
            if code:
                self._say(f"Data peragaan belum lengkap (kode {code}); dilanjutkan pada jalan berikutnya.")
            else:
                unfinished.unlink()
            return None
        return unfinished

    def _tend(self, child: Child, now: float) -> None:
        if child.process is None:
            if now >= child.due:
                child.start(now)
        elif (code := child.ended(now)) is not None:
            self.stderr.write(f"{child.name} berhenti (kode {code}); dijalankan lagi dalam {child.pause:.0f} detik.")

    def _answers(self) -> bool:
        http = HTTPConnection(HOST, self.port, timeout=1)
        try:
            http.request("GET", "/healthz")
            return http.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            http.close()

    def _announce(self) -> None:
        for account in _demo_accounts():
            self._say(f"  {account.role:42} {account.email:34} {account.password}")
        self._say(f"Kinerjaku siap di {self.address} (data di {settings.DATA_DIR}; Ctrl-C menghentikan)")


def _children(port: int) -> list[Child]:
    python = [sys.executable, "-W", "ignore:You're running the worker", "-m"]  # as root, in a container
    # A heartbeat file on a disk can block a worker; gunicorn makes a name of its own there.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else str(settings.DATA_DIR)  # noqa: S108
    web = [*python, "gunicorn", "kinerjaku.wsgi", "--bind", f"{HOST}:{port}", "--log-level", "warning"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5"]
    web += ["--preload", "--worker-tmp-dir", memory, "--no-control-socket"]
    celery = [*python, "celery", "--quiet", "--skip-checks", "--app", "kinerjaku"]
    worker = [*celery, "worker", "--hostname", f"serve{os.getpid()}@%h", "--concurrency", "2"]
    worker += ["--without-mingle", "--without-gossip", "--loglevel", "WARNING"]
    beat = [*celery, "beat", "--schedule", str(settings.DATA_DIR / "beat-schedule"), "--loglevel", "WARNING"]
    return [Child("web", web), Child("worker", worker), Child("beat", beat)]


def _stop(children: list[Child]) -> None:
    """Ask the main processes only, so that each winds up its own helpers; then end what is left."""
    running = [child.process for child in children if child.process]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            break
    for child in children:
        child.kill()


def _end_with_parent() -> None:
    """In the child: be asked to stop when the supervisor is gone, however it went."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _demo_accounts() -> list[Any]:
    """One of the demo's people for each role, once all of them are in this database."""
    try:
        accounts = importlib.import_module("reporting.demo").accounts()
    except ImportError:
        return []
    present = get_user_model().objects.filter(email__in=[account.email for account in accounts]).count()
    connection.close()
    return accounts if present == len(accounts) else []


def _lock(path: Path) -> IO[str]:
    """Held until the file is closed, also by a crash."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        pid = file.read().strip()
        raise CommandError(f"`serve` lain (proses {pid}) sudah berjalan dengan data di {path.parent}.") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
