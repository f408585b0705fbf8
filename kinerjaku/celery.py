"""The Celery app and the whole schedule. `manage.py tick` runs the same list once.

Each job finds its own due rows and may run twice: a beat that slept catches up on its next run.
"""

import os

from celery import Celery
from celery.schedules import crontab

from . import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kinerjaku.settings.dev")

broker.register()
app = Celery("kinerjaku")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

SCHEDULE = [  # in the order in which `tick` runs them
    "indicators.open_quarters",
    "indicators.close_quarters",
    "indicators.remind_units",
    "indicators.end_rounds",
    "indicators.remind_officials",
    "services.sound_clocks",
    "services.escalate_overdue",
    "services.draft_reports",
    "services.invite_to_survey",
    "services.shake_urn",
    "services.remind_follow_ups",
    "services.watch_complaints",
    "verification.open_worksheets",
    "verification.settle_clocks",
    "verification.call_signers",
    "reporting.render_documents",
    "reporting.compute_scores",
    "services.send_notices",
    "services.send_invitations",
    "accounts.send_notices",
    "accounts.clear_sessions",
    "accounts.forget_imports",
    "accounts.run_imports",  # the longest
]
app.conf.beat_schedule = {
    name: {"task": name, "schedule": crontab(minute="*"), "options": {"expires": 50}} for name in SCHEDULE
}
