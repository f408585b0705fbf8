"""Service standards: loaded as versions, shown to everybody, changed with history."""

from datetime import date, timedelta
from io import StringIO

import builders
import pytest
from builders import at
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.roles import Role
from kinerjaku import audit
from services.actions import case as cases
from services.actions import standard as actions
from services.models import Standard, Step

pytestmark = pytest.mark.django_db
NOW = at("2026-04-10 09:00")


@pytest.fixture
def loaded():
    return {standard.key: standard for standard in actions.load(at=NOW)}


@pytest.fixture
def admin():
    return builders.user(Role.ADMIN, builders.ministry()[1])


def page(client, address, status=200):
    with builders.moment(NOW):
        answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_loading_prints_the_steps_and_twice_changes_nothing():
    out = StringIO()
    call_command("load_standards", stdout=out)
    call_command("load_standards", stdout=out)
    assert out.getvalue().splitlines() == [
        "validation 6 langkah",
        "verification 5 langkah",
        "report_assistance 5 langkah",
        "collection 8 langkah",
        "Semua standar sudah dimuat.",
    ]


def test_the_promises_are_those_of_the_memo(loaded):
    assert {key: standard.promise for key, standard in loaded.items()} == {
        "validation": timedelta(hours=24),
        "verification": timedelta(hours=23, minutes=45),
        "report_assistance": timedelta(hours=23),
        "collection": None,
    }


def test_the_steps_of_verification_add_up_to_its_promise(loaded):
    steps = loaded["verification"].steps.all()
    assert sum(step.minutes for step in steps) == loaded["verification"].promise_minutes
    assert [step.uses_the_promise for step in steps] == [False, True, True, True, True]


def test_lateness_owes_an_apology_and_in_the_end_a_visit(loaded):
    assert [(after, within) for _, after, within in loaded["verification"].owed] == [
        (1425, 1425),
        (1425, 2880),
        (4320, 4320),
    ]
    assert loaded["collection"].owed == []


def test_a_later_version_holds_from_its_day_on(loaded):
    old = loaded["verification"]
    new = Standard.objects.create(
        key=old.key, valid_from=date(2026, 7, 1), decree="Keputusan baru", name=old.name, promise_minutes=1200
    )
    holds = Standard.objects.filter(key="verification")
    assert holds.in_force(date(2026, 6, 30)).get() == old
    assert holds.in_force(date(2026, 7, 1)).get() == new
    assert not holds.in_force(date(2023, 10, 25)).exists()


def test_two_versions_cannot_begin_on_one_day(loaded):
    old = loaded["validation"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Standard.objects.create(key=old.key, valid_from=old.valid_from, decree="-", name="-")


def test_a_step_goes_back_and_not_forth(loaded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Step.objects.create(standard=loaded["validation"], order=9, name="-", actor="unit", back_to=9)


@pytest.mark.parametrize("rules", [[{"kind": "oral", "after_hours": "x"}], [{}], ["oral"], 7])
def test_compensation_that_cannot_be_read_is_refused(loaded, rules):
    standard = loaded["validation"]
    standard.compensation = rules
    with pytest.raises(ValidationError) as refused:
        standard.full_clean()
    assert "compensation" in refused.value.message_dict


# Pages


def test_everybody_reads_the_three_services_and_what_is_promised(client, loaded):
    text = page(client, "/standar/")
    for words in ("24 jam kerja", "23 jam 45 menit kerja", "23 jam kerja", "Maklumat Pelayanan", "Buka sekarang"):
        assert words in text
    assert "Pengumpulan Data Kinerja" not in text


def test_outside_hours_the_office_is_closed(client, loaded):
    with builders.moment(at("2026-04-11 09:00")):
        assert "Sedang tutup" in client.get("/standar/").content.decode()


def test_a_standard_shows_its_procedure_and_what_lateness_owes(client, loaded):
    text = page(client, "/standar/verification/")
    late = "permohonan maaf secara tertulis, paling lambat pada 48 jam kerja"
    for words in ("22 jam 30 menit", late, "Lebih dari 72 jam"):
        assert words in text


def test_the_procedure_inside_a_unit_is_for_those_signed_in(client, loaded, admin):
    page(client, "/standar/collection/", 404)
    client.force_login(admin)
    assert "kembali ke langkah 1" in page(client, "/standar/collection/")


def test_a_service_that_is_none_does_not_exist(client, loaded):
    page(client, "/standar/lain/", 404)


def test_without_standards_the_page_says_what_to_do(client):
    assert "Standar pelayanan belum dimuat" in page(client, "/standar/")


def test_a_change_in_the_admin_stands_in_the_history(client, loaded, admin):
    client.force_login(admin)
    standard = loaded["report_assistance"]
    address = f"/admin/services/standard/{standard.pk}/change/"
    form = client.get(address).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    for name in ("requirements", "legal_basis", "compensation", "complaint_channels", "source_issues"):
        fields[name] = form[name].value()
    steps = list(standard.steps.values())
    fields |= {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": len(steps), "product": "Produk baru"}
    for number, step in enumerate(steps):
        own = {name: value for name, value in step.items() if value is not None and name != "standard_id"}
        fields |= {f"steps-{number}-{name}": value for name, value in own.items()}
        fields[f"steps-{number}-standard"] = standard.pk
    answer = client.post(address, fields)
    assert answer.status_code == 302, answer.context["errors"]
    entry = audit.history(standard)[0]
    assert (entry.verb, entry.after["product"], entry.by) == ("ubah standar pelayanan", "Produk baru", admin)


def test_a_standard_says_where_to_complain(client):
    actions.load(at=NOW)
    page = client.get("/standar/verification/").content.decode()
    assert "pusatlayananroren@kkp.go.id" in page
    assert "Datang langsung ke Biro Perencanaan" in page


def test_a_standard_with_cases_is_changed_by_another_version(cast, as_user):
    actions.load(at=NOW)
    standard = Standard.objects.get(key="verification")
    cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=NOW)
    client, address = as_user(cast.admin), f"/admin/services/standard/{standard.pk}/change/"
    page = client.get(address)
    form = page.context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    fields = {name: "" if value is None else value for name, value in fields.items()}
    steps = page.context["inline_admin_formsets"][0].formset
    for one in [steps.management_form, *steps.forms]:
        fields |= {one.add_prefix(name): one[name].value() or "" for name in one.fields}
    refused = client.post(address, fields)
    assert "Sudah ada berkas menurut versi ini" in refused.content.decode()
    kept = {**fields, "valid_from": "2027-01-01", "_saveasnew": "ya"}
    assert client.post(address, kept).status_code == 302
    assert Standard.objects.filter(key="verification").count() == 2
    assert Standard.objects.get(valid_from="2027-01-01").steps.count() == 5
