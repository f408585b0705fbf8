"""The admin writes through the actions alone: audited, all or nothing, and never for anybody but an Admin."""

import builders
import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.models import AuditEntry

USERS = ["surel", "nip", "nama", "jabatan", "aktif"]
UNITS = [
    *("kode", "kode_unit", "kode_surat", "nama", "level", "induk", "jabatan_pimpinan"),
    *("berlaku_sejak", "berlaku_sampai"),
]


@pytest.fixture
def admin(client, house):
    client.force_login(house.admin)
    return client


def user_fields(roles=(), **changes):
    """The form of a person with its inline of roles: (pk, role, unit, delete)."""
    fields = {"name": "Siti Aminah", "email": "Siti@Example.test", "nip": "", "position": "Perencana"}
    fields |= {"is_active": "on", "password1": "", "password2": ""}
    stored = [role for role in roles if role[0]]
    fields |= {"memberships-TOTAL_FORMS": len(roles), "memberships-INITIAL_FORMS": len(stored)}
    for number, (pk, user_pk, role, unit, delete) in enumerate(roles):
        prefix = f"memberships-{number}-"
        fields |= {f"{prefix}id": pk or "", f"{prefix}user": user_pk or "", f"{prefix}role": role}
        fields |= {f"{prefix}unit": unit.pk, f"{prefix}valid_from": "", f"{prefix}valid_to": ""}
        if delete:
            fields[f"{prefix}DELETE"] = "on"
    return fields | changes


def unit_fields(unit, **changes):
    names = ("code", "number", "letter_code", "name", "level", "head_title")
    fields = {name: getattr(unit, name) for name in names} | {"valid_from": "", "valid_to": ""}
    return fields | {"parent": unit.parent_id or ""} | changes


def errors(answer) -> str:
    return answer.content.decode()


# People


def test_a_person_is_made_with_a_role_in_one_go(admin, house):
    fields = user_fields([(None, None, "operator", house.unit, False)])
    assert admin.post(reverse("admin:accounts_user_add"), fields).status_code == 302
    person = User.objects.get(email="siti@example.test")
    assert not person.has_usable_password()
    assert [str(held) for held in person.memberships.all()] == ["Operator unit ROKEU"]
    entries = AuditEntry.objects.filter(by=house.admin).order_by("seq")
    assert [entry.verb for entry in entries] == ["buat pengguna", "beri peran"]
    assert len({entry.at for entry in entries}) == 1


def test_a_first_password_can_be_given(admin, house):
    fields = user_fields(password1="perahu biru di teluk", password2="perahu biru di teluk")
    admin.post(reverse("admin:accounts_user_add"), fields)
    assert User.objects.get(email="siti@example.test").check_password("perahu biru di teluk")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("perahu biru di teluk", "perahu hijau di teluk", "Kedua kata sandi tidak sama."),
        ("pendek", "pendek", "12"),
        ("siti@example.test", "siti@example.test", "mirip"),
    ],
)
def test_a_bad_first_password_makes_nobody(admin, house, first, second, message):
    fields = user_fields(password1=first, password2=second)
    answer = admin.post(reverse("admin:accounts_user_add"), fields)
    assert message in errors(answer)
    assert not User.objects.filter(name="Siti Aminah").exists()


def test_an_address_in_another_case_is_the_same_address(admin, house):
    fields = user_fields(email=house.operator.email.upper())
    answer = admin.post(reverse("admin:accounts_user_add"), fields)
    assert answer.status_code == 200
    assert User.objects.filter(email=house.operator.email).count() == 1


def test_a_person_is_changed_and_audited(admin, house):
    held = house.operator.memberships.get()
    fields = user_fields([(held.pk, house.operator.pk, held.role, house.unit, False)], email=house.operator.email)
    address = reverse("admin:accounts_user_change", args=[house.operator.pk])
    assert admin.post(address, fields).status_code == 302
    entry = audit.history(house.operator).first()
    assert (entry.verb, entry.by) == ("ubah pengguna", house.admin)
    assert entry.after["name"] == "Siti Aminah"


def test_a_role_is_taken_away_by_its_action(admin, house):
    held = house.operator.memberships.get()
    fields = user_fields(
        [(held.pk, house.operator.pk, held.role, house.unit, True)],
        email=house.operator.email,
        name=house.operator.name,
        position="",
    )
    admin.post(reverse("admin:accounts_user_change", args=[house.operator.pk]), fields)
    assert not Membership.objects.filter(user=house.operator).exists()
    assert audit.history(held).first().verb == "cabut peran"


def test_a_role_that_is_held_already_is_refused_and_nothing_is_saved(admin, house):
    held = house.operator.memberships.get()
    fields = user_fields(
        [
            (held.pk, house.operator.pk, held.role, house.unit, False),
            (None, house.operator.pk, held.role, house.unit, False),
        ],
        email=house.operator.email,
    )
    admin.post(reverse("admin:accounts_user_change", args=[house.operator.pk]), fields)
    assert User.objects.get(pk=house.operator.pk).name == "Budi Operator"
    assert house.operator.memberships.count() == 1


def test_a_new_password_is_set_by_the_admin(admin, house):
    fields = {"new_password1": "perahu biru di teluk", "new_password2": "perahu biru di teluk"}
    address = reverse("admin:accounts_user_password", args=[house.operator.pk])
    assert admin.post(address, fields).status_code == 302
    assert User.objects.get(pk=house.operator.pk).check_password("perahu biru di teluk")
    entry = audit.history(house.operator).first()
    assert (entry.verb, entry.by) == ("beri kata sandi baru", house.admin)


def test_setting_ones_own_password_keeps_the_session(admin, house):
    fields = {"new_password1": "perahu biru di teluk", "new_password2": "perahu biru di teluk"}
    admin.post(reverse("admin:accounts_user_password", args=[house.admin.pk]), fields)
    assert admin.get(reverse("admin:index")).status_code == 200


def test_no_page_shows_a_hash(admin, house):
    pages = ["change", "history", "password"]
    for page in pages:
        html = admin.get(reverse(f"admin:accounts_user_{page}", args=[house.operator.pk])).content.decode()
        assert house.operator.password not in html, page


def test_the_history_is_ours_and_includes_roles(admin, house):
    held = house.operator.memberships.get()
    held.role = Role.KASUBAG
    from accounts.actions import save_membership

    save_membership(held, by=house.admin, at=builders.at("2026-02-02 10:00"))
    html = admin.get(reverse("admin:accounts_user_history", args=[house.operator.pk])).content.decode()
    assert "ubah peran" in html
    assert "Dewi Admin" in html


@pytest.mark.parametrize("model", ["user", "workunit", "membership"])
def test_nothing_is_deleted(admin, house, model):
    assert admin.get(reverse(f"admin:accounts_{model}_delete", args=[1])).status_code == 403


@pytest.mark.parametrize("model", ["user", "workunit", "membership"])
def test_lists_can_be_searched(admin, house, model):
    answer = admin.get(reverse(f"admin:accounts_{model}_changelist"), {"q": "ROKEU"})
    assert answer.status_code == 200


def test_only_an_admin_enters(client, house):
    client.force_login(house.operator)
    for name in ("admin:index", "admin:accounts_user_changelist", "admin:accounts_user_import"):
        assert client.get(reverse(name)).status_code == 403, name


# Units


def test_moving_a_unit_keeps_the_paths(admin, house):
    builders.unit("BAGIAN", parent=house.unit, level="III")
    address = reverse("admin:accounts_workunit_change", args=[house.unit.pk])
    assert admin.post(address, unit_fields(house.unit, parent=house.bureau.pk)).status_code == 302
    assert WorkUnit.objects.get(code="BAGIAN").path == "/SETJEN/ROREN/ROKEU/BAGIAN/"


def test_a_loop_is_explained_on_the_form_and_what_was_typed_stays(admin, house):
    part = builders.unit("BAGIAN", parent=house.unit, level="III")
    address = reverse("admin:accounts_workunit_change", args=[house.unit.pk])
    answer = admin.post(address, unit_fields(house.unit, parent=part.pk, name="Nama Baru"))
    assert "Unit induk tidak boleh unit itu sendiri atau unit di bawahnya." in errors(answer)
    assert 'value="Nama Baru"' in errors(answer)
    assert WorkUnit.objects.get(pk=house.unit.pk).name == "Unit ROKEU"


# Import and export


def table(headers, *rows, kind="xlsx"):
    data = tablib.Dataset(*rows, headers=headers)
    body = data.export(kind)
    return SimpleUploadedFile(f"tabel.{kind}", body if isinstance(body, bytes) else body.encode())


@pytest.fixture
def upload(admin, forms_of):
    """Upload for the preview; then `save()` confirms it."""

    def run(model, file, kind="0"):
        address = reverse(f"admin:accounts_{model}_import")
        preview = admin.post(address, {"import_file": file, "format": kind, "resource": ""})

        def save():
            process = reverse(f"admin:accounts_{model}_process_import")
            return admin.post(process, forms_of(preview).to(process), follow=True)

        return preview, save

    return run


def test_people_are_imported_after_a_preview(upload, house):
    file = table(
        USERS,
        ["Siti@Example.test", "198501012010012001", "Siti", "Perencana", "ya"],
        [house.operator.email, "", "Budi Baru", "", "tidak"],
    )
    preview, save = upload("user", file)
    assert "1 baru, 1 diubah, 0 tetap" in errors(preview)
    assert not User.objects.filter(name="Siti").exists()
    assert "Impor selesai: 1 baru, 1 diubah, 0 tetap." in errors(save())
    siti = User.objects.get(email="siti@example.test")
    assert (siti.nip, siti.has_usable_password()) == ("198501012010012001", False)
    assert not User.objects.get(name="Budi Baru").is_active
    verbs = AuditEntry.objects.filter(by=house.admin).order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["buat pengguna", "ubah pengguna"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["bukan surel", "", "Siti", "", "ya"], "surel"),
        (["siti@example.test", "123", "Siti", "", "ya"], "NIP terdiri dari 18 digit."),
        (["siti@example.test", 198501012010012001, "Siti", "", "ya"], "Jadikan kolom nip teks"),
        (["siti@example.test", "", "", "", "ya"], "nama"),
        (["siti@example.test", "", "Siti", "", "mungkin"], "Tulis ya atau tidak."),
    ],
)
def test_one_bad_row_stops_all_and_is_explained(upload, house, row, message):
    before = User.objects.count(), AuditEntry.objects.count()
    preview, _ = upload("user", table(USERS, ["baik@example.test", "", "Baik", "", "ya"], row))
    assert message in errors(preview)
    assert "Tidak ada yang tersimpan" in errors(preview)
    assert "Simpan impor" not in errors(preview)
    assert (User.objects.count(), AuditEntry.objects.count()) == before


def test_what_went_wrong_since_the_preview_saves_nothing(upload, house):
    nip = "198501012010012001"
    rows = [["a@example.test", "", "A", "", "ya"], ["b@example.test", nip, "B", "", "ya"]]
    _, save = upload("user", table(USERS, *rows))
    builders.user(nip=nip)
    assert "Impor batal karena data berubah sejak pratinjau." in errors(save())
    assert not User.objects.filter(email="a@example.test").exists()


def test_a_missing_column_is_named(upload, house):
    preview, _ = upload("user", table(USERS[:-1], ["a@example.test", "", "A", ""]))
    assert "Kolom tidak ada: aktif." in errors(preview)


def test_a_file_that_is_no_table_is_refused(upload, house):
    preview, _ = upload("user", builders.pdf())
    assert "Unggah berkas Excel (.xlsx) atau CSV." in errors(preview)


def test_csv_works_too(upload, house):
    _, save = upload("user", table(USERS, ["siti@example.test", "", "Siti", "", "ya"], kind="csv"), kind="1")
    save()
    assert User.objects.filter(email="siti@example.test").exists()


def test_units_are_imported_parent_first_with_their_paths(upload, house):
    file = table(
        UNITS,
        ["ITJEN", "0700000000", "", "Inspektorat Jenderal", "I", "", "Irjen", "2026-01-01", ""],
        ["INSP1", "", "", "Inspektorat I", "II", "ITJEN", "", "", ""],
    )
    _, save = upload("workunit", file)
    save()
    assert WorkUnit.objects.get(code="INSP1").path == "/ITJEN/INSP1/"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("induk", "TIDAKADA", "Tulis unit induk lebih dahulu"),
        ("induk", "ROKEU", "Unit tidak dapat menjadi induk dirinya sendiri."),
        ("induk", "BAGIAN", "Unit induk tidak boleh unit itu sendiri atau unit di bawahnya."),
        ("level", "IX", "level"),
        ("berlaku_sejak", "1 Januari", "Tulis tanggal seperti 2026-01-31."),
    ],
)
def test_a_unit_that_cannot_be_is_explained(upload, house, column, value, message):
    builders.unit("BAGIAN", parent=house.unit, level="III")
    row = dict.fromkeys(UNITS, "") | {"kode": "ROKEU", "nama": "Baru", "level": "II", "induk": "SETJEN"}
    preview, _ = upload("workunit", table(UNITS, list((row | {column: value}).values())))
    assert message in errors(preview)
    assert WorkUnit.objects.get(code="ROKEU").name == "Unit ROKEU"


@pytest.mark.parametrize("model", ["user", "workunit"])
@pytest.mark.parametrize("kind", [("0", "xlsx"), ("1", "csv")], ids=["xlsx", "csv"])
def test_what_was_exported_can_be_imported_and_changes_nothing(admin, upload, house, model, kind):
    number, name = kind
    house.operator.position = "=1+1"
    house.operator.save()
    before = AuditEntry.objects.count()
    exported = admin.post(reverse(f"admin:accounts_{model}_export"), {"format": number, "resource": ""})
    preview, save = upload(model, SimpleUploadedFile(f"tabel.{name}", exported.content), kind=number)
    assert "0 baru, 0 diubah" in errors(preview)
    save()
    assert AuditEntry.objects.count() == before
    assert User.objects.get(pk=house.operator.pk).position == "=1+1"


def test_a_spreadsheet_cannot_run_what_somebody_typed(admin, house):
    house.operator.position = "=HYPERLINK(1)"
    house.operator.save()
    exported = admin.post(reverse("admin:accounts_user_export"), {"format": "1", "resource": ""})
    assert "'=HYPERLINK(1)" in exported.content.decode()
