"""Units and people from files: each row by the action of the admin, all or none."""

import builders
import pytest
from builders import IN_TIME
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from accounts import actions, importing
from accounts.models import ImportJob, Membership, User, WorkUnit
from accounts.roles import Role
from kinerjaku import audit, sheet_writer
from kinerjaku.models import AuditEntry
from kinerjaku.sheets import kind_of

State = ImportJob.State


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def bring(cast):
    """Check a CSV of these lines as the Admin, and apply it if nothing is wrong with it."""

    def brought(kind, text, *, by=None):
        by = by or cast.admin
        job = importing.start(kind_of(kind), SimpleUploadedFile("berkas.csv", text.encode()), {}, by=by, at=IN_TIME)
        importing.run(job.pk, at=IN_TIME)
        job.refresh_from_db()
        if job.state == State.READY and job.changed:
            importing.confirm(job.pk, digest=job.digest, by=by, at=IN_TIME)
            importing.run(job.pk, at=IN_TIME)
            job.refresh_from_db()
        return job

    return brought


def faults(job):
    assert job.state == State.FAULTY
    return [(one.row, one.column, one.advice) for one in importing.details(job).faults]


UNITS = "kode;nama;level;induk;berlaku_sejak\n"


def test_a_child_may_stand_above_its_parent(bring, cast):
    job = bring("unit", UNITS + "ANAK;Anak;Eselon III;IBU;\nIBU;Ibu;Eselon II;SETJEN;31-12-2025\n")
    assert (job.state, job.changed) == (State.DONE, 2)
    child = WorkUnit.objects.get(code="ANAK")
    assert (child.path, child.parent.parent) == ("/SETJEN/IBU/ANAK/", cast.setjen)
    assert audit.history(child)[0].verb == "buat unit"
    assert list(audit.problems()) == []


def test_a_moved_unit_takes_its_tree_along_and_others_stay(bring, cast):
    bring("unit", UNITS + "IBU;Ibu;Eselon II;SETJEN;\n")
    assert bring("unit", UNITS + "ROKEU;Keuangan;Eselon II;IBU;\n").changed == 1
    cast.unit.refresh_from_db()
    assert (cast.unit.path, cast.unit.name, cast.unit.head_title) == ("/SETJEN/IBU/ROKEU/", "Keuangan", "Kepala ROKEU")


def test_every_fault_of_units_is_named_and_nothing_is_kept(bring):
    before = WorkUnit.objects.count()
    job = bring(
        "unit",
        UNITS
        + "BAIK;Baik;Eselon II;;\n"
        + "A B;Salah;Eselon II;;\n"
        + "X;;Eselon V;TIDAKADA;31-02-2026\n"
        + "BAIK;Lagi;Eselon II;;\n"
        + "P;P;Eselon II;Q;\nQ;Q;Eselon II;P;\n",
    )
    found = faults(job)
    assert [(row, column) for row, column, _ in found] == [
        (3, "kode"),
        *((4, column) for column in ("level", "berlaku_sejak", "induk")),
        (5, "kode"),
        (6, "induk"),
        (7, "induk"),
    ]
    assert found[4][2].startswith("Kunci ganda: kode BAIK sudah ada pada baris 2.")
    assert WorkUnit.objects.count() == before


def test_a_code_in_other_letters_is_no_new_unit(bring):
    assert faults(bring("unit", UNITS + "rokeu;Keuangan;Eselon II;;\n")) == [
        (2, "kode", "Unit ROKEU sudah ada dengan huruf lain. Tulis ROKEU.")
    ]


def test_what_the_database_refuses_keeps_everything_out(bring, cast, monkeypatch):
    def refuse(*args, **options):
        raise IntegrityError

    monkeypatch.setattr(actions, "save_membership", refuse)
    job = bring("pengguna", USERS + "a@contoh.test;;A;;ya;Operator unit | ROKEU\n")
    assert "Data berubah ketika disimpan" in faults(job)[0][2]
    assert not User.objects.filter(email="a@contoh.test").exists()


USERS = "surel;nip;nama;jabatan;aktif;peran\n"


def test_a_person_comes_with_roles_and_without_a_password(bring, cast):
    job = bring("pengguna", USERS + 'Ani@contoh.test;198501012010011001;Ani;Analis;ya;"Operator unit | ROKEU"\n')
    assert job.state == State.DONE
    ani = User.objects.get(email="ani@contoh.test")
    assert (ani.nip, ani.has_usable_password(), ani.is_active) == ("198501012010011001", False, True)
    assert list(ani.memberships.values_list("role", "unit__code")) == [("operator", "ROKEU")]


def test_roles_are_added_and_never_taken_away(bring, cast):
    bring(
        "pengguna", USERS + f"{cast.operator.email};;Sari Baru;;ya;Kasubag Program, Kepegawaian dan Pelaporan | ROKEU\n"
    )
    assert set(cast.operator.memberships.values_list("role", flat=True)) == {"operator", "kasubag"}
    cast.operator.refresh_from_db()
    assert (cast.operator.name, cast.operator.has_usable_password()) == ("Sari Baru", True)


def test_every_fault_of_people_is_named(bring, cast):
    job = bring(
        "pengguna",
        USERS
        + "bukan surel;;A;;ya;\n"
        + "b@contoh.test;123;B;;mungkin;Raja | ROKEU\n"
        + f"{cast.admin.email};;Admin;;tidak;\n"
        + "c@contoh.test;198501012010011001;C;;ya;Operator unit | ENTAH\n"
        + "d@contoh.test;198501012010011001;D;;ya;\n",
    )
    assert [(row, column) for row, column, _ in faults(job)] == [
        (2, "surel"),
        (3, "aktif"),
        (3, "peran"),
        (4, "aktif"),
        (5, "peran"),
        (6, "nip"),
    ]


@pytest.mark.parametrize("key", ["unit", "pengguna", "target", "katalog"])
@pytest.mark.parametrize("wanted", ["xlsx", "csv"])
def test_what_is_exported_and_imported_again_changes_nothing(cast, key, wanted):
    builders.scale(builders.scored_indicator(cast.unit, 2))
    builders.indicator(cast.unit, 1, name="=Rumus dalam nama")
    Membership.objects.create(user=cast.operator, role=Role.OFFICIAL, unit=cast.setjen)
    kind = kind_of(key)
    columns, table = kind.file_columns(cast.admin, {}), kind.table(cast.admin, {})
    data = sheet_writer.as_csv(columns, table) if wanted == "csv" else sheet_writer.xlsx("Data", columns, table)
    acts = AuditEntry.objects.count()
    job = importing.start(kind, SimpleUploadedFile(f"berkas.{wanted}", data), {}, by=cast.admin, at=IN_TIME)
    importing.run(job.pk, at=IN_TIME)
    job.refresh_from_db()
    assert (job.state, job.changed, job.unchanged) == (State.READY, 0, job.total), importing.details(job)
    assert AuditEntry.objects.count() == acts + 1  # that the file was brought


def test_who_has_no_right_to_a_kind_cannot_bring_its_file(cast, as_user):
    client = as_user(cast.operator)
    assert client.get("/impor/baru/?jenis=unit").status_code == 403
    assert client.get("/impor/berkas/pengguna/").status_code == 403
    assert client.get("/impor/baru/?jenis=entah").status_code == 404
