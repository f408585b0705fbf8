#!/usr/bin/env python
"""10,000 achievement rows from one XLSX file, beside django-import-export's bulk create of the same rows in one run.

    eval "$(script/services --background)"; export DATABASE_URL REDIS_URL
    DATA_DIR=$(mktemp -d) .venv/bin/python -m bench.imports [rows]
    script/services --stop "$SERVICES_DIR"

Ours checks every rule, computes, and leaves an audit entry a row; the library writes what stands in the file and
nothing else. Promised: at most 2 times, and under 500 MB. Each side runs in a process of its own, so that its peak
memory is its own; the time is that of applying, from the stored file to the commit. The check before it is named too.
"""

import json
import os
import resource as usage
import subprocess
import sys
import time
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from import_export.fields import Field
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource

from accounts import importing
from accounts.models import ImportJob, Membership, User, WorkUnit
from accounts.roles import Role
from indicators.actions import quarter as quarters
from indicators.models import Achievement, Decree, Indicator, Objective, Quarter, Target, Variable
from indicators.quarters import quarter_of
from indicators.rule import Input, Rule
from kinerjaku import audit, clock, sheet_writer
from kinerjaku.sheets import kind_of

PROMISED, MEGABYTES = 2, 500
A_UNIT = 50


class PlainResource(ModelResource):
    """What the library does by itself: the stored columns of a row, created in bulk."""

    selesai = Field(column_name="selesai")
    rencana = Field(column_name="rencana")
    penjelasan = Field("progress", "penjelasan")

    class Meta:
        model = Achievement
        fields = ("selesai", "rencana", "penjelasan")
        import_id_fields = ()
        use_bulk = True
        batch_size = 1000
        force_init_instance = True
        skip_diff = True
        use_transactions = True

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.places = {
            (one.unit.code, str(one.no)): one for one in Indicator.objects.select_related("unit").order_by("pk")
        }

    def after_init_instance(self, instance: Achievement, new: bool, row: Any, **kwargs: Any) -> None:
        instance.indicator = self.places[row["unit"], str(row["no"])]
        instance.unit, instance.quarter = instance.indicator.unit, kwargs["quarter"]
        instance.values = {"selesai": row["selesai"], "rencana": row["rencana"]}


def build(rows: int) -> None:
    """Units with fifty indicators each, an open quarter with a row for each, and somebody who enters for all."""
    at = clock.now()
    year, number = quarter_of(at)
    decree = Decree.objects.create(key="bench", number="1", title="Bench", year=year, state=Decree.State.ENACTED)
    units = WorkUnit.objects.bulk_create(
        WorkUnit(code=f"U{n:04}", name=f"Unit {n}", level="II", path=f"/U{n:04}/") for n in range(rows // A_UNIT)
    )
    objectives = Objective.objects.bulk_create(
        Objective(decree=decree, unit=u, no=1, name=f"Sasaran {u}") for u in units
    )
    rule = Rule((Input("selesai", "Selesai"), Input("rencana", "Rencana")), (), {number: 90}).as_json()
    facts = {"measure": "%", "method": "ratio", "polarity": "maximize", "expression": "selesai / rencana * 100"}
    indicators = Indicator.objects.bulk_create(
        Indicator(
            decree=decree, objective=o, unit=o.unit, no=n, name=f"Persentase kegiatan {n}", kept_rule=rule, **facts
        )
        for o in objectives
        for n in range(1, A_UNIT + 1)
    )
    Variable.objects.bulk_create(
        Variable(indicator=one, order=n, code=code, label=code.capitalize())
        for one in indicators
        for n, code in enumerate(("selesai", "rencana"), 1)
    )
    Target.objects.bulk_create(Target(indicator=one, number=number, value=90) for one in indicators)
    quarters.open_quarter(year, number, at=at)
    user = User.objects.create_user("bench@contoh.test", "x", name="Bench")
    Membership.objects.bulk_create(Membership(user=user, role=Role.OPERATOR, unit=unit) for unit in units)


def filled(user: User) -> bytes:
    """The downloaded file with every row filled in."""
    kind = kind_of("capaian")
    columns = kind.file_columns(user, {})
    heads = [column.key for column in columns]
    rows = []
    for n, row in enumerate(kind.table(user, {})):
        cells = dict(zip(heads, row, strict=True))
        cells |= {"selesai": n % 97, "rencana": 97, "penjelasan": f"Kegiatan {n} berjalan sesuai rencana."}
        rows.append([cells[head] for head in heads])
    return sheet_writer.xlsx("Capaian", columns, rows)


def library(path: str) -> dict[str, Any]:
    with open(path, "rb") as opened:
        data = opened.read()
    quarter = Quarter.objects.get()
    began = time.perf_counter()
    table = XLSX().create_dataset(data)
    result = PlainResource().import_data(table, quarter=quarter, raise_errors=True)
    taken = time.perf_counter() - began
    assert not result.has_validation_errors(), result.invalid_rows[:2]
    return {"seconds": taken, "rows": Achievement.objects.count(), "megabytes": peak()}


def ours(path: str) -> dict[str, Any]:
    user = User.objects.get()
    with open(path, "rb") as opened:
        upload = SimpleUploadedFile("isian.xlsx", opened.read())
    job = importing.start(kind_of("capaian"), upload, {}, by=user, at=clock.now())
    began = time.perf_counter()
    importing.run(job.pk, at=clock.now())
    checked = time.perf_counter() - began
    job.refresh_from_db()
    assert job.state == ImportJob.State.READY, importing.details(job).faults[:3]
    importing.confirm(job.pk, digest=job.digest, by=user, at=clock.now())
    began = time.perf_counter()
    importing.run(job.pk, at=clock.now())
    applied = time.perf_counter() - began
    job.refresh_from_db()
    assert job.state == ImportJob.State.DONE, importing.details(job).faults[:3]
    memory = peak()
    assert list(audit.problems()) == []
    saved = Achievement.objects.filter(version=1, percent__isnull=False).count()
    return {"seconds": applied, "checked": checked, "rows": saved, "megabytes": memory}


def peak() -> float:
    return usage.getrusage(usage.RUSAGE_SELF).ru_maxrss / 1024


def main(rows: int) -> int:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    path = os.path.join(os.environ["DATA_DIR"], "bench.xlsx")
    told: dict[str, Any] = {}
    try:
        build(rows)
        with open(path, "wb") as file:
            file.write(filled(User.objects.get()))
        connection.close()
        for side in ("ours", "library"):
            if side == "library":
                Achievement.objects.all().delete()
                connection.close()
            command = [sys.executable, "-m", "bench.imports", side, path]
            environment = {**os.environ, "DATABASE_URL": url}
            told[side] = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    return report(told, rows)


def report(told: dict[str, Any], rows: int) -> int:
    mine, theirs = told["ours"], told["library"]
    assert mine["rows"] == theirs["rows"] == rows, told
    ratio, both = (seconds / theirs["seconds"] for seconds in (mine["seconds"], mine["seconds"] + mine["checked"]))
    print(f"{connection.vendor}, {rows} rows of achievements as XLSX")
    print(f"django-import-export bulk create {theirs['seconds']:6.2f} s  {theirs['megabytes']:4.0f} MB")
    print(f"import applied                   {mine['seconds']:6.2f} s  {mine['megabytes']:4.0f} MB  {ratio:.2f} x")
    print(f"the check before it              {mine['checked']:6.2f} s           {both:.2f} x with it")
    print(f"(promised {PROMISED} x and {MEGABYTES} MB)")
    return 0 if ratio <= PROMISED and mine["megabytes"] < MEGABYTES else 1


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps({"ours": ours, "library": library}[sys.argv[1]](sys.argv[2])))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
