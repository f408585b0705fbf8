"""The file broker of the embedded default, mended: a message appears in its queue when it is written, not before.

The library opens the file under its final name and writes then; a worker that looks in between takes an empty message,
stops, and the message is lost.
"""

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):  # type: ignore[misc]
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        folder, mark = Path(self.data_folder_out), uuid.uuid4()
        part = folder / f".{mark}.part"
        part.write_text(dumps(payload), encoding="utf-8")
        os.replace(part, folder / f"{round(monotonic() * 1000)}_{mark}.{queue}.msg")


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel


def register() -> None:
    """For addresses that begin with filesystem://."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
