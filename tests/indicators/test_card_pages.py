"""The pages of an indicator's card: the card, changing it, adding one, and the manual as PDF."""

import io

import builders
import pypdf
import pytest
from builders import IN_TIME

from indicators.actions.card import Slot, edit_card
from indicators.models import Achievement, Cascade, Decree, Evidence, Indicator
from kinerjaku import audit


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def draft(db) -> Decree:
    return builders.decree(2026, state="draft")


@pytest.fixture
def indicator(cast, draft) -> Indicator:
    made = builders.indicator(cast.unit, decree=draft)
    edit_card(made.pk, {"slots": [Slot("Laporan"), Slot("Surat", False)]}, by=cast.admin, at=IN_TIME)
    return Indicator.objects.get(pk=made.pk)


@pytest.fixture
def admin(cast, as_user):
    return as_user(cast.admin)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def typed(client, address, **changes):
    """What a browser would send back of the form, with some of it typed over; None: left out."""
    context = client.get(address).context
    form, table = context["form"], context["table"]
    data = {field.html_name: _as_typed(field) for one in (form, *table.forms) for field in one}
    data |= {field.html_name: field.value() for field in table.management_form}
    data |= changes
    return {name: value for name, value in data.items() if value is not None and value is not False}


def _as_typed(field):
    value = field.value()
    if isinstance(value, list):
        return [one.pk for one in value]
    return "on" if value is True else value


def send(client, address, **changes):
    return client.post(address, typed(client, address, **changes))


# The card


def test_the_card_shows_every_field_of_the_manual(cast, indicator, admin, as_user):
    facts = {
        "perspective": "customer",
        "data_status": "computed",
        "past": {2023: 91, 2024: 92},
        "source": "Laporan bulanan",
    }
    edit_card(indicator.pk, facts, by=cast.admin, at=IN_TIME)
    Cascade.objects.create(parent=indicator, child=builders.indicator(cast.bureau, 2), relation="component")
    text = page(as_user(cast.operator), indicator.get_absolute_url())
    for label, words in (
        ("Kode", "ROKEU 1"),
        ("Perspektif", "Pengguna layanan"),
        ("Sasaran", "1. Sasaran ROKEU"),
        ("Nama indikator", "Indikator 1"),
        ("Definisi", "belum diisi"),
        ("Satuan", "%"),
        ("Validitas", "Lag output"),
        ("Sumber data", "Laporan bulanan"),
        ("Status data", "Data olahan"),
        ("Konsolidasi periode", "Nilai posisi akhir"),
        ("Cara penurunan", "Komponen pembentuk"),
        ("Polarisasi", "Maksimalkan"),
        ("Periode pelaporan", "Triwulanan"),
        ("Data dukung yang disyaratkan", "Laporan (wajib)"),
    ):
        after = text.split(f"<dt>{label}</dt>")[1].split("</dd>")[0]
        assert words in after, label
    assert "ditulis pada kartu" in text
    assert "Tahun 2026" in text


def test_an_indicator_that_is_not_passed_on_says_so(cast, indicator, as_user):
    client = as_user(cast.operator)
    assert "Belum ditautkan." in page(client, indicator.get_absolute_url())
    edit_card(indicator.pk, {"is_not_cascaded": True}, by=cast.admin, at=IN_TIME)
    assert "Tidak diturunkan, dengan sengaja." in page(client, indicator.get_absolute_url())


def test_what_is_missing_is_said_to_editors(cast, indicator, admin, as_user):
    assert "Belum diisi pada kartu ini: perspektif, definisi" in page(admin, indicator.get_absolute_url())
    assert "Belum diisi pada kartu ini" not in page(as_user(cast.operator), indicator.get_absolute_url())


def test_the_card_costs_the_same_with_many_parts(cast, indicator, as_user, query_cost):
    client = as_user(cast.operator)
    few = query_cost(client, indicator.get_absolute_url())
    slots = [Slot(f"Dokumen {n}") for n in range(20)]
    edit_card(indicator.pk, {"slots": slots, "past": dict.fromkeys(range(2022, 2026), 1)}, by=cast.admin, at=IN_TIME)
    assert query_cost(client, indicator.get_absolute_url()) == few


# Changing


def test_an_editor_changes_the_card(indicator, admin):
    address = f"{indicator.get_absolute_url()}ubah/"
    answer = send(
        admin,
        address,
        name="Nama baru",
        past_2025="1.234,5",
        **{"syarat-0-order": "2", "syarat-1-order": "1", "syarat-2-name": "Notula", "syarat-1-name": "Surat tugas"},
    )
    assert answer.url == indicator.get_absolute_url()
    changed = Indicator.objects.get()
    assert changed.name == "Nama baru"
    assert [slot.words for slot in changed.evidence_slots.all()] == [
        "Surat tugas (bila ada)",
        "Laporan (wajib)",
        "Notula (wajib)",
    ]
    assert f"{changed.past_actuals.get().value}" == "1234.5"


def test_sending_the_form_as_it_is_changes_nothing(cast, indicator, admin):
    entries = audit.history(indicator).count()
    assert send(admin, f"{indicator.get_absolute_url()}ubah/").status_code == 302
    assert audit.history(indicator).count() == entries


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Nama: Tulis nama indikatornya."),
        ({"cap": "0"}, "Batas capaian harus lebih besar dari nol."),
        ({"cap": "12.5"}, "Maksud Anda 12,5?"),
        ({"no": "0"}, "Nomor mulai dari 1."),
        ({"no": "99999"}, "Nomor: "),
        ({"objective": None}, "Pilih sasaran, atau tulis sasaran baru."),
        ({"past_2024": "banyak"}, "bukan angka"),
        ({"perspective": "entah"}, "Perspektif: "),
        ({"syarat-0-name": ""}, "Tulis nama dokumennya, atau centang Hapus."),
        ({"syarat-2-name": "LAPORAN"}, "tertulis dua kali"),
        ({"syarat-2-name": "Surat *"}, "tidak boleh diakhiri tanda bintang"),
        ({"syarat-2-order": "0", "syarat-2-name": "Foto"}, "Urutan: "),
        ({"syarat-TOTAL_FORMS": "x"}, "Muat ulang halaman ini, lalu isi lagi."),
    ],
)
def test_a_refusal_names_the_field_and_keeps_what_was_typed(indicator, admin, changes, said):
    answer = send(admin, f"{indicator.get_absolute_url()}ubah/", **{"definition": "Ketikan saya.", **changes})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said.lower() in text.lower()
    assert "Ketikan saya." in text
    assert Indicator.objects.get().definition == ""


def test_a_slot_goes_and_its_files_stay(cast, admin):
    made = builders.indicator(cast.unit)
    edit_card(made.pk, {"slots": [Slot("Laporan")]}, by=cast.admin, at=IN_TIME, reason="Disusun.")
    builders.fill(builders.row(made), by=cast.operator)
    Evidence.objects.update(slot=made.evidence_slots.get())
    address = f"{made.get_absolute_url()}ubah/"
    answer = send(admin, address, reason="Tidak perlu lagi.", **{"syarat-0-DELETE": "on"})
    said = page(admin, answer.url)
    assert "1 berkas dari syarat yang dihapus tetap tersimpan" in said
    assert Evidence.objects.get().slot is None


def test_after_enactment_the_form_asks_for_the_reason(cast, admin):
    enacted = builders.indicator(cast.unit)
    address = f"{enacted.get_absolute_url()}ubah/"
    refused = send(admin, address, name="Nama baru")
    assert "tulis alasan perubahan" in refused.content.decode()
    done = send(admin, address, name="Nama baru", reason="Salah tulis.")
    assert done.status_code == 302, done.context["errors"]


def test_a_draft_asks_for_no_reason(indicator, admin):
    assert 'name="reason"' not in page(admin, f"{indicator.get_absolute_url()}ubah/")


def test_of_two_editors_the_later_one_sees_what_the_other_stored(cast, indicator, admin):
    address = f"{indicator.get_absolute_url()}ubah/"
    data = typed(admin, address, name="Nama saya", definition="Definisi saya.")
    edit_card(indicator.pk, {"name": "Nama orang lain", "perspective": "customer"}, by=cast.admin, at=IN_TIME)
    answer = admin.post(address, data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "diubah orang lain" in text
    stored = text.split('id="tersimpan"')[1].split("</dl>")[0]
    assert "Nama orang lain" in stored
    assert "Pengguna layanan" in stored
    assert "Definisi saya." in text
    again = {**data, "seen": answer.context["form"]["seen"].value()}
    assert admin.post(address, again).status_code == 302
    assert Indicator.objects.get().name == "Nama saya"


def test_an_unknown_indicator_has_no_form(admin):
    assert admin.get("/iku/999999/ubah/").status_code == 404


# Adding


def test_a_new_indicator_with_a_new_objective(cast, draft, admin):
    address = f"{draft.get_absolute_url()}tambah/"
    answer = send(
        admin,
        address,
        unit=cast.unit.pk,
        name="Indeks baru",
        measure="indeks",
        method="survey",
        polarity="maximize",
        new_objective="Layanan yang baik",
        **{"syarat-0-name": "Laporan survei"},
    )
    assert answer.status_code == 302, answer.context["errors"]
    made = Indicator.objects.get()
    assert answer.url == made.get_absolute_url()
    assert (made.no, made.objective.name, made.decree) == (1, "Layanan yang baik", draft)
    assert made.evidence_slots.get().name == "Laporan survei"


def test_an_objective_must_be_of_the_chosen_unit(cast, draft, indicator, admin):
    answer = send(
        admin,
        f"{draft.get_absolute_url()}tambah/",
        unit=cast.setjen.pk,
        objective=indicator.objective_id,
        name="Indeks baru",
        measure="indeks",
        method="survey",
        polarity="maximize",
    )
    assert "Pilih sasaran dari unit dan keputusan yang sama." in answer.content.decode()


def test_the_page_of_a_draft_leads_to_the_forms(draft, indicator, admin):
    text = page(admin, draft.get_absolute_url())
    assert f'href="{draft.get_absolute_url()}tambah/"' in text
    assert f'href="{indicator.get_absolute_url()}ubah/"' in text


def test_nothing_is_added_to_an_enacted_decree(cast, admin):
    decree = builders.indicator(cast.unit).decree
    assert admin.get(f"{decree.get_absolute_url()}tambah/").status_code == 409


# The manual


def words_of(answer):
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


def test_the_card_as_pdf(cast, indicator, as_user):
    answer = as_user(cast.operator).get(f"{indicator.get_absolute_url()}manual.pdf")
    text = words_of(answer)
    assert 'filename="manual-iku-rokeu-1-2026.pdf"' in answer["Content-Disposition"]
    for words in ("Indikator 1", "Laporan (wajib)", "RANCANGAN", "belum diisi", "2025"):
        assert words in text


def test_the_manual_of_a_unit_holds_its_cards(cast, indicator, draft, as_user):
    builders.indicator(cast.unit, 2, decree=draft, name="Yang <b>kedua</b>")
    builders.indicator(cast.setjen, 1, decree=draft, name="Milik Setjen")
    text = words_of(as_user(cast.stranger).get(f"/iku/manual/{draft.pk}/ROKEU.pdf"))
    assert "Yang <b>kedua</b>" in text
    assert "Milik Setjen" not in text


def test_the_annex_of_the_decree_prints_the_slots(cast, indicator, draft, as_user):
    text = words_of(as_user(cast.operator).get(f"{draft.get_absolute_url()}lampiran.pdf"))
    assert "Laporan (wajib)" in text


@pytest.mark.parametrize("code", ["ROREN", "TIDAKADA"])
def test_a_unit_without_cards_has_no_manual(cast, indicator, draft, as_user, code):
    assert as_user(cast.operator).get(f"/iku/manual/{draft.pk}/{code}.pdf").status_code == 404


def test_the_manual_costs_the_same_for_many_cards(cast, indicator, draft, as_user, query_cost):
    client = as_user(cast.operator)
    address = f"/iku/manual/{draft.pk}/ROKEU.pdf"
    few = query_cost(client, address)
    for no in range(2, 6):
        builders.indicator(cast.unit, no, decree=draft)
    assert query_cost(client, address) == few


def test_figures_of_rows_stay_with_those_who_may_see_the_unit(cast, indicator, as_user):
    edit_card(indicator.pk, {"past": {2025: 97}}, by=cast.admin, at=IN_TIME)
    assert "97" in words_of(as_user(cast.stranger).get(f"{indicator.get_absolute_url()}manual.pdf"))
    assert not Achievement.objects.exists()
