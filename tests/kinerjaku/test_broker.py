"""The file broker: a worker that looks all the time finds whole messages only, and all of them."""

from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from time import monotonic

from kombu import Connection

from kinerjaku import broker, celery

COUNT, PATIENCE = 300, 30


def test_the_app_uses_it():
    with Connection("filesystem://localhost") as connection:
        assert isinstance(connection.transport, broker.Transport)
    assert celery.app.main == "kinerjaku"


def test_messages_that_are_written_while_somebody_looks_arrive_whole(tmp_path):
    options = {name: str(tmp_path) for name in ("data_folder_in", "data_folder_out", "control_folder")}

    def write():
        with Connection("filesystem://localhost", transport_options=options) as connection:
            for number in range(COUNT):
                connection.default_channel._put("q", {"number": number, "text": "x" * 50_000})

    def look():
        found, until = set(), monotonic() + PATIENCE
        with Connection("filesystem://localhost", transport_options=options) as connection:
            while len(found) < COUNT and monotonic() < until:
                try:
                    found.add(connection.default_channel._get("q")["number"])
                except Empty:
                    continue
        return found

    with ThreadPoolExecutor(2) as pool:
        looking = pool.submit(look)
        pool.submit(write).result()
        assert looking.result() == set(range(COUNT))
