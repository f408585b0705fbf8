"""A worker of test_import_races: applies the job, and stops right before the commit, everything written, to be killed.

`python import_worker.py JOB INSTANT MEDIA`
"""

import sys
import time
from datetime import datetime
from unittest import mock

import django
from django.conf import settings


def main(job: int, instant: str, media: str) -> None:
    settings.MEDIA_ROOT = media
    django.setup()
    from accounts import importing
    from kinerjaku import clock

    def stop(**act: object) -> None:
        print("written", flush=True)
        time.sleep(600)

    at = datetime.fromisoformat(instant)
    importing.EVERY = 1
    with clock.fixed(at), mock.patch.object(importing.audit, "record", stop):
        importing.run(job, at=at)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
