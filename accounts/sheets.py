"""Work units and people as sheets. Each row is written by the same action as in the admin."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from kinerjaku.cells import yes_or_no
from kinerjaku.errors import DomainError
from kinerjaku.sheets import Change, Column, Fault, Plan, Refused, Row, SheetKind, Step, faults_of, read_cell

from . import actions, policy
from .models import Membership, User, WorkUnit
from .policy import Verb
from .roles import Role

LEVELS = {str(label).casefold(): value for value, label in WorkUnit.Level.choices} | {
    value.casefold(): value for value in WorkUnit.Level.values
}
ROLES = {str(label).casefold(): Role(value) for value, label in Role.choices} | {role.value: role for role in Role}


class UnitKind(SheetKind):
    key = "unit"
    label = "Unit kerja"
    help = "Unit baru dan perubahan unit, dikenali dari kodenya. Unit yang tidak ada di berkas tetap."
    sheet_name = "Unit kerja"
    identity = ("kode",)
    FIELDS = {
        "kode_unit": "number",
        "kode_surat": "letter_code",
        "nama": "name",
        "level": "level",
        "induk": "parent",
        "jabatan_pimpinan": "head_title",
        "berlaku_sejak": "valid_from",
        "berlaku_sampai": "valid_to",
    }

    def may(self, user: Any) -> bool:
        return policy.can(user, Verb.ADMINISTER)

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        levels = tuple(str(label) for label in WorkUnit.Level.labels)
        return [
            Column("kode", "Kode singkat, misalnya ROKEU. Menentukan unitnya.", is_required=True),
            Column("kode_unit", "Kode sepuluh digit, sebagai teks.", width=14),
            Column("kode_surat", "Dipakai pada nomor surat, misalnya SJ.1."),
            Column("nama", "Nama unit.", is_required=True, width=50),
            Column("level", "Pilih dari daftar.", is_required=True, choices=levels, width=24),
            Column("induk", "Kode unit induk, yang sudah ada atau ada di berkas ini. Kosong: tanpa induk."),
            Column("jabatan_pimpinan", "Misalnya Kepala Biro Keuangan.", width=36),
            Column("berlaku_sejak", "Tanggal seperti 31-12-2026, atau kosong.", width=14),
            Column("berlaku_sampai", "Tanggal seperti 31-12-2026, atau kosong.", width=14),
        ]

    def plan(
        self, rows: Sequence[Row], *, by: User, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        plan = Plan()
        stored = WorkUnit.objects.order_by("pk")
        units = {one.code: one for one in (stored.select_for_update(no_key=True) if lock else stored)}
        by_pk = {one.pk: one.code for one in units.values()}
        parents = {code: by_pk.get(one.parent_id, "") for code, one in units.items()}
        spelled = {code.casefold(): code for code in units}
        coming = {row.cells["kode"] for row in rows}
        for done, row in enumerate(rows, 1):
            step(done)
            before = len(plan.faults)
            code = row.cells["kode"]
            values = _unit_values(row, plan.faults)
            old = units.get(code)
            if old is None and (other := spelled.get(code.casefold())):
                plan.faults.append(row.fault("kode", f"Unit {other} sudah ada dengan huruf lain. Tulis {other}."))
            parent = values.get("parent", parents.get(code, ""))
            if parent and parent not in units and parent not in coming:
                plan.faults.append(
                    row.fault("induk", "Unit induk ini tidak ada. Periksa kodenya atau tambahkan unitnya.")
                )
            if len(plan.faults) > before:
                continue
            parents[code] = parent
            plain = {name: value for name, value in values.items() if name != "parent"}
            unit = WorkUnit(code=code, path=f"/{code}/") if old is None else old
            texts = {name: _text(getattr(unit, name)) for name in plain}
            old_parent = by_pk.get(unit.parent_id, "") if unit.parent_id else ""
            for name, value in plain.items():
                setattr(unit, name, value)
            if not _is_sound(unit, row, {field: column for column, field in self.FIELDS.items()}, plan.faults):
                continue
            after = {name: _text(value) for name, value in plain.items()}
            fields = [
                (_label(WorkUnit, name), texts[name], after[name]) for name in plain if texts[name] != after[name]
            ]
            if "parent" in values and old_parent != parent:
                fields.append(("unit induk", old_parent, parent))
            if old is not None and not fields:
                plan.unchanged += 1
                continue
            what = f"{code} {unit.name}"
            plan.changes.append(Change(row.number, what, old is None, fields, (unit, parent)))
        plan.faults += _loops(rows, parents)
        return plan

    def write(self, plan: Plan, *, by: User, at: datetime, step: Step) -> None:
        """A parent before its children, in whatever order they stand in the file."""
        waiting = {change.payload[0].code: change for change in plan.changes}
        faults: list[Fault] = []
        done = 0
        while waiting:
            code = next(iter(waiting))
            while (above := waiting[code].payload[1]) in waiting and above != code:
                code = above
            change = waiting.pop(code)
            unit, parent = change.payload
            unit.parent = WorkUnit.objects.get(code=parent) if parent else None
            try:
                actions.save_unit(unit, by=by, at=at)
            except DomainError as error:
                faults.append(Fault(change.row, "induk", parent, error.message))
            done += 1
            step(done)
        if faults:
            raise Refused(faults)

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        for one in WorkUnit.objects.select_related("parent").order_by("path"):
            parent = one.parent.code if one.parent else ""
            yield [
                *(one.code, one.number, one.letter_code, one.name, one.get_level_display(), parent, one.head_title),
                *(_text(one.valid_from), _text(one.valid_to)),
            ]


class UserKind(SheetKind):
    """A new person cannot sign in before an Admin gives them a password: no file carries one."""

    key = "pengguna"
    label = "Pengguna"
    help = "Orang dan perannya, dikenali dari surel. Peran di berkas ditambahkan; peran lain tetap. Tanpa kata sandi."
    sheet_name = "Pengguna"
    identity = ("surel",)
    FIELDS = {"nip": "nip", "nama": "name", "jabatan": "position", "aktif": "is_active"}

    def may(self, user: Any) -> bool:
        return policy.can(user, Verb.ADMINISTER)

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        return [
            Column("surel", "Surel untuk masuk. Menentukan orangnya.", is_required=True, width=34),
            Column("nip", "NIP 18 digit, sebagai teks, atau kosong.", width=22),
            Column("nama", "Nama lengkap.", is_required=True, width=34),
            Column("jabatan", "Jabatan.", width=34),
            Column(
                "aktif", "ya atau tidak. Orang yang tidak aktif tidak dapat masuk.", choices=("ya", "tidak"), width=8
            ),
            Column("peran", "Satu peran sebaris: Operator unit | ROKEU.", width=40),
        ]

    def plan(
        self, rows: Sequence[Row], *, by: User, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        plan = Plan()
        mails = {row.cells["surel"].lower() for row in rows}
        stored = User.objects.filter(email__in=mails).order_by("pk")
        people = {one.email: one for one in (stored.select_for_update(no_key=True) if lock else stored)}
        units = {one.code: one for one in WorkUnit.objects.all()}
        held = set(Membership.objects.filter(user__email__in=mails).values_list("user__email", "role", "unit__code"))
        nips = dict(User.objects.exclude(nip=None).values_list("nip", "email"))
        for done, row in enumerate(rows, 1):
            step(done)
            before = len(plan.faults)
            mail = row.cells["surel"].lower()
            old = people.get(mail)
            values = _person_values(row, plan.faults)
            roles = _roles(row, units, plan.faults)
            nip = values.get("nip")
            if nip and nips.setdefault(nip, mail) != mail:
                plan.faults.append(row.fault("nip", "NIP ini milik orang lain. Periksa digitnya."))
            if old == by and values.get("is_active") is False:
                plan.faults.append(row.fault("aktif", "Anda tidak dapat menonaktifkan akun Anda sendiri."))
            if len(plan.faults) > before:
                continue
            person = User(email=mail) if old is None else old
            if old is None:
                person.set_unusable_password()
            texts = {name: _text(getattr(person, name)) for name in values}
            for name, value in values.items():
                setattr(person, name, value)
            if not _is_sound(person, row, {"email": "surel"} | {f: c for c, f in self.FIELDS.items()}, plan.faults):
                continue
            fields = [
                (_label(User, name), "" if old is None else texts[name], _text(value))
                for name, value in values.items()
                if old is None or texts[name] != _text(value)
            ]
            fresh = [(role, unit) for role, unit in roles if (mail, role, unit.code) not in held]
            fields += [("peran", "", f"{role.label} {unit.code}") for role, unit in fresh]
            if old is not None and not fields:
                plan.unchanged += 1
                continue
            what = f"{person.name} <{mail}>"
            plan.changes.append(Change(row.number, what, old is None, fields, (person, fresh)))
        return plan

    def write(self, plan: Plan, *, by: User, at: datetime, step: Step) -> None:
        for done, change in enumerate(plan.changes, 1):
            step(done)
            person, fresh = change.payload
            actions.save_user(person, by=by, at=at)
            for role, unit in fresh:
                actions.save_membership(Membership(user=person, role=role, unit=unit), by=by, at=at)

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        for one in User.objects.prefetch_related("memberships__unit").order_by("name", "pk"):
            roles = sorted(f"{held.get_role_display()} | {held.unit.code}" for held in one.memberships.all())
            active = "ya" if one.is_active else "tidak"
            yield [one.email, one.nip or "", one.name, one.position, active, "\n".join(roles)]


def _unit_values(row: Row, faults: list[Fault]) -> dict[str, Any]:
    """By field, what the row says; columns that the file lacks are left out."""
    read = {"level": _level, "berlaku_sejak": _day, "berlaku_sampai": _day}
    return {
        field: read_cell(row, column, read.get(column, str), faults)
        for column, field in UnitKind.FIELDS.items()
        if column in row.cells
    }


def _person_values(row: Row, faults: list[Fault]) -> dict[str, Any]:
    read = {"nip": _nip, "aktif": _active}
    return {
        field: read_cell(row, column, read.get(column, str), faults)
        for column, field in UserKind.FIELDS.items()
        if column in row.cells
    }


def _roles(row: Row, units: Mapping[str, WorkUnit], faults: list[Fault]) -> list[tuple[Role, WorkUnit]]:
    roles = []
    for line in filter(None, map(str.strip, row.cells.get("peran", "").replace(";", "\n").splitlines())):
        name, _, code = (part.strip() for part in line.partition("|"))
        role, unit = ROLES.get(name.casefold()), units.get(code)
        if role is None:
            words = f"Peran “{name[:40]}” tidak ada. Tulis misalnya Operator unit | ROKEU, satu peran sebaris."
            faults.append(row.fault("peran", words))
        elif unit is None:
            faults.append(row.fault("peran", f"Unit “{code[:20]}” tidak ada. Tulis kode unit sesudah tanda |."))
        else:
            roles.append((role, unit))
    return list(dict.fromkeys(roles))


def _is_sound(instance: Any, row: Row, columns: Mapping[str, str], faults: list[Fault]) -> bool:
    """The model's own checks, short of those that ask the database: the plan has asked for all rows at once."""
    try:
        exclude = {"parent", "path", "password"} | ({"code"} if instance.pk else set())
        instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        first, last = getattr(instance, "valid_from", None), getattr(instance, "valid_to", None)
        if first and last and last < first:
            raise ValidationError({"valid_to": "Tanggal “berlaku sampai” mendahului “berlaku sejak”."})
    except ValidationError as error:
        faults += faults_of(row, error, {"code": "kode", **columns})
        return False
    return True


def _loops(rows: Sequence[Row], parents: Mapping[str, str]) -> list[Fault]:
    faults = []
    for row in rows:
        seen, code = set(), row.cells["kode"]
        while code and code not in seen:
            seen.add(code)
            code = parents.get(code, "")
        if code == row.cells["kode"]:
            faults.append(
                row.fault("induk", "Unit tidak dapat berada di bawah dirinya sendiri. Perbaiki unit induknya.")
            )
    return faults


def _label(model: Any, name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return "" if value is None else f"{value:%d-%m-%Y}" if isinstance(value, date) else str(value)


def _level(text: str) -> str:
    if text.casefold() not in LEVELS:
        raise ValueError(f"Tulis salah satu: {'; '.join(str(label) for label in WorkUnit.Level.labels)}.")
    return LEVELS[text.casefold()]


def _day(text: str) -> date | None:
    if not text:
        return None
    for pattern in ("%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  why: a day has no zone
        except ValueError:
            continue
    raise ValueError("Tulis tanggal yang benar, seperti 31-12-2026.")


def _nip(text: str) -> str | None:
    return text.replace(" ", "") or None


def _active(text: str) -> bool:
    return True if not text else yes_or_no(text)
