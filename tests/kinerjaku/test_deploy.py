"""The production set-up, really run: deploy/nginx.conf in front of gunicorn with the production settings."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVIDENCE = b"%PDF-1.7 evidence " * 5000
# The portal, and two addresses that show what no page of it shows.
WSGI = """
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from kinerjaku import files
from kinerjaku.wsgi import application as portal

def application(environ, start_response):
    request = WSGIRequest(environ)
    if request.path == "/test/sender":
        body = f"{settings.AXES_CLIENT_IP_CALLABLE(request)} {request.scheme}".encode()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]
    if request.path == "/test/download":
        name = "bukti dukung.pdf"
        response = files.download("evidence/ab/abcdef", filename=name, content_type="application/pdf")
        start_response("200 OK", list(response.items()))
        return [response.content]
    return portal(environ, start_response)
"""


def production(folder: Path, **more: str) -> dict[str, str]:
    """The environment of an installation whose data are in `folder`."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **keep,
        "DJANGO_SETTINGS_MODULE": "kinerjaku.settings.base",
        "SECRET_KEY": "k7Qm2vXw9ZtR4yBn6LcF8sHj3PdG5aEu-1TqVxWz0YrNbMkC",
        "AUDIT_KEY": "audit-key-of-this-test",
        "BASE_URL": "https://kinerjaku.example",
        "ALLOWED_HOSTS": "kinerjaku.example",
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "X_ACCEL_PREFIX": "/protected",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        **more,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, **options: object) -> Iterator[None]:
    """The command, from the moment it takes connections."""
    process = subprocess.Popen(command, cwd=ROOT, **options)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
                assert time.monotonic() < deadline, f"{command[0]} does not take connections"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def nginx(folder: Path, web_port: int) -> Iterator[int]:
    """deploy/nginx.conf with the ports and folders of this machine. Gives the port it listens on."""
    port = free_port()
    config = (ROOT / "deploy/nginx.conf").read_text()
    for theirs, ours in {
        "pid /tmp/nginx.pid": f"pid {folder}/nginx.pid",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "http://web:8000": f"http://127.0.0.1:{web_port}",
        "/srv/static/": f"{folder}/static/",
        "/data/media/": f"{folder}/data/media/",
        "/var/cache/kinerjaku": f"{folder}/cache",
        "access_log /dev/stdout": "access_log off",
        "client_max_body_size 270m": "client_max_body_size 270m; client_body_buffer_size 8k",
    }.items():
        assert theirs in config
        config = config.replace(theirs, ours)
    (folder / "cache").mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(config)
    command = [shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"]
    command += [
        "-c",
        f"{folder}/nginx.conf",
        "-g",
        f"daemon off; user {'root' if os.getuid() == 0 else 'nobody'};",
    ]
    with running(command, port):
        yield port


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with its static files and one piece of evidence."""
    folder = tmp_path_factory.mktemp("installation")
    stored = folder / "data/media/evidence/ab/abcdef"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(EVIDENCE)
    (folder / "portal_under_test.py").write_text(WSGI)
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=production(folder),
        check=True,
    )
    return folder


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[int]:
    """nginx in front of one web process with two threads."""
    port = free_port()
    web = [sys.executable, "-m", "gunicorn", "portal_under_test", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "gthread", "--workers", "1", "--threads", "2", "--log-level", "warning"]
    with running([*web, "--no-control-socket"], port, env=production(folder)), nginx(folder, port) as door:
        yield door


def get(port: int, path: str, *, proto: str = "https", **headers: str) -> HTTPResponse:
    http = HTTPConnection("127.0.0.1", port, timeout=10)
    sent = {"Host": "kinerjaku.example", "X-Forwarded-Proto": proto}
    http.request("GET", path, headers=sent | {name.replace("_", "-"): value for name, value in headers.items()})
    return http.getresponse()


def hashed_stylesheet(folder: Path) -> str:
    return next((folder / "static/bootstrap/css").glob("bootstrap.min.*.css")).name


def test_static_files_come_from_nginx_compressed_and_for_good(folder: Path, door: int) -> None:
    path = f"/static/bootstrap/css/{hashed_stylesheet(folder)}"
    for encoding in ("br", "gzip"):
        response = get(door, path, Accept_Encoding=encoding)
        assert response.status == 200
        assert response.headers.get_all("Content-Encoding") == [encoding]
        assert response.headers["Content-Type"] == "text/css"
        assert response.headers.get_all("Cache-Control") == ["public, max-age=31536000, immutable"]
        assert response.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    plain = get(door, "/static/bootstrap/css/bootstrap.min.css")
    assert plain.headers["Cache-Control"] == "public, max-age=300"
    assert plain.read() == (folder / "static/bootstrap/css/bootstrap.min.css").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/protected/evidence/ab/abcdef",
        "/protected/",
        "/static/../data/media/evidence/ab/abcdef",
        "/static../data/",
    ],
)
def test_evidence_cannot_be_fetched_around_the_application(door: int, path: str) -> None:
    response = get(door, path)
    assert response.status in {302, 400, 404}
    assert EVIDENCE not in response.read()


def test_evidence_is_sent_when_the_application_says_so(door: int) -> None:
    response = get(door, "/test/download")
    assert response.status == 200
    assert response.read() == EVIDENCE
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="bukti dukung.pdf"'
    for name, value in {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }.items():
        assert response.headers.get_all(name) == [value]
    assert "X-Accel-Redirect" not in response.headers


def test_pages_carry_each_security_header_once_and_want_https(door: int) -> None:
    assert get(door, "/healthz", proto="http").read() == b"ok"
    assert get(door, "/cek/", proto="http").headers["Location"] == "https://kinerjaku.example/cek/"
    page = get(door, "/healthz")
    assert page.status == 200
    for name in (
        "Content-Security-Policy",
        "Referrer-Policy",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Frame-Options",
    ):
        assert len(page.headers.get_all(name, [])) == 1, name


def test_ready_says_that_database_and_broker_answer(door: int) -> None:
    ready = get(door, "/readyz")
    assert (ready.status, ready.read()) == (200, b'{"database": true, "broker": true}')


def test_the_sender_is_whom_the_gateway_saw(door: int) -> None:
    """Ten wrong passwords lock out one address: nobody may choose theirs, and nobody may be all."""
    sender = get(door, "/test/sender", X_Forwarded_For="198.51.100.7, 203.0.113.9", X_Real_IP="198.51.100.8")
    assert sender.read() == b"203.0.113.9 https"


def test_a_body_over_the_limit_is_refused_in_words(door: int) -> None:
    with socket.create_connection(("127.0.0.1", door), timeout=10) as client:
        client.sendall(b"POST /masuk/ HTTP/1.1\r\nHost: kinerjaku.example\r\nContent-Length: 283115521\r\n\r\n")
        answer = ""
        while not answer.endswith("</html>"):
            received = client.recv(4096)
            assert received
            answer += received.decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert "Paling besar 50 MB" in answer


def test_slow_uploads_hold_no_worker(door: int) -> None:
    head = b"POST /masuk/ HTTP/1.1\r\nHost: kinerjaku.example\r\nContent-Length: 1000000\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(8):  # there are two threads
            client = stack.enter_context(socket.create_connection(("127.0.0.1", door), timeout=10))
            client.sendall(head + b"x" * 20000)
        assert get(door, "/healthz").status == 200


def test_while_the_application_is_away_people_read_why(folder: Path) -> None:
    with nginx(folder, web_port=free_port()) as door:
        away = get(door, "/")
        assert away.status == 503
        assert away.headers["Retry-After"] == "15"
        assert "sedang dimulai ulang" in away.read().decode()


@pytest.mark.parametrize("name", ["SECRET_KEY", "AUDIT_KEY", "BASE_URL"])
def test_production_does_not_start_without(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "check"]
    result = subprocess.run(
        command, cwd=ROOT, env=production(tmp_path, **{name: ""}), capture_output=True, text=True, check=False
    )
    assert result.returncode
    assert f"Set {name} in the environment (see .env.example)." in result.stderr


def test_every_setting_from_the_environment_is_explained() -> None:
    settings = "".join((ROOT / f"kinerjaku/settings/{name}.py").read_text() for name in ("base", "env", "dev"))
    read = set(re.findall(r"""(?:required|environ\.get)\(\s*["']([A-Z_]+)["']""", settings))
    in_compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert len(read) > 10
    assert read | in_compose <= explained
