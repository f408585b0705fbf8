"""The entry table and the row page: what each person sees, and what comes back when a save is refused."""

from decimal import Decimal

import builders
import pytest
from builders import IN_TIME, at

from indicators.actions import quarter as quarter_actions
from indicators.models import Achievement

TABLE = "/capaian/2026/1/ROKEU/"
AS_SCRIPT = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def post(as_user):
    """`post(row, by=person, value_selesai="95")`: save as the table does, without JavaScript unless `script`."""

    def posted(row, *, by, script=False, **typed):
        data = {"version": row.version, "table": "1", **typed}
        return as_user(by).post(f"/capaian/baris/{row.pk}/simpan/", data, headers=AS_SCRIPT if script else {})

    return posted


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


# The list of units and quarters


def test_each_unit_and_quarter_has_its_counts_by_state(cast, as_user, save):
    rows = [builders.row(builders.indicator(cast.unit, no)) for no in (1, 2, 3)]
    save(rows[0], by=cast.operator, selesai="1")
    lines = as_user(cast.operator).get("/capaian/?format=csv").content.decode("utf-8-sig").splitlines()
    assert lines == [
        "Unit kerja;Triwulan;Belum diisi;Sedang diisi;Terkirim;Dikembalikan;Terverifikasi;Tidak diinput;Jumlah;"
        "Hari terakhir",
        "Unit ROKEU;Triwulan I 2026;2;1;0;0;0;0;3;2026-04-15",
    ]


def test_the_deadline_of_the_list_is_the_unit_s_own(cast, row, as_user):
    quarter_actions.extend(
        row.quarter,
        cast.unit,
        until=at("2026-04-21 00:00"),
        reason="Server rusak.",
        reference_number="B.1",
        by=cast.karoren,
        at=IN_TIME,
    )
    text = text_of(as_user(cast.operator).get("/capaian/"))
    assert "20 April 2026" in text
    assert "(diperpanjang)" in text


def test_the_list_shows_only_units_the_person_may_see(cast, row, as_user):
    builders.row(builders.indicator(cast.setjen))
    assert "Unit ROKEU" not in text_of(as_user(cast.stranger).get("/capaian/"))
    everything = text_of(as_user(cast.karoren).get("/capaian/"))
    assert "Unit ROKEU" in everything
    assert "Unit SETJEN" in everything


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("tahun=2026&triwulan=1", {"ROKEU", "SETJEN"}),
        ("triwulan=2", set()),
        ("unit=ROKEU", {"ROKEU"}),
        ("eselon1=SETJEN", {"ROKEU", "SETJEN"}),
        ("status=draft", {"ROKEU"}),
        ("status=verified", set()),
        ("urut=-draft", {"ROKEU", "SETJEN"}),
    ],
)
def test_filters_and_sorting_of_the_list(cast, row, save, as_user, query, shown):
    builders.row(builders.indicator(cast.setjen))
    save(row, by=cast.operator, selesai="1")
    text = text_of(as_user(cast.karoren).get(f"/capaian/?{query}"))
    assert {code for code in ("ROKEU", "SETJEN") if f'href="/capaian/2026/1/{code}/"' in text} == shown


def test_the_list_takes_the_same_queries_for_any_number_of_units(cast, as_user, query_cost):
    client = as_user(cast.karoren)
    for code in ("A1", "A2"):
        builders.indicator(builders.unit(code, parent=cast.setjen))
    builders.quarter()
    few = query_cost(client, "/capaian/")
    for number in range(18):
        builders.indicator(builders.unit(f"B{number}", parent=cast.setjen))
    builders.quarter()
    assert query_cost(client, "/capaian/") == few


# The table


def test_the_table_shows_deadline_progress_and_an_input_for_each_variable(cast, row, as_user):
    text = text_of(as_user(cast.operator).get(TABLE))
    assert "Ditutup 15 April 2026 pukul 23.59 WIB" in text
    assert "0 dari 1" in text
    assert text.count(f'form="row-{row.pk}" value=""') == 2


@pytest.mark.parametrize("person", ["verifier", "karoren", "admin"])
def test_who_only_reads_gets_text_and_the_reason(cast, row, as_user, person):
    text = text_of(as_user(getattr(cast, person)).get(TABLE))
    assert "Anda dapat melihat, tetapi tidak mengisi." in text
    assert f'id="isian-{row.pk}' not in text


def test_a_closed_table_says_since_when_and_who_can_help(cast, row, as_user):
    with builders.moment(at("2026-04-16 00:00")):
        text = text_of(as_user(cast.operator).get(TABLE))
    assert "sudah ditutup sejak 16 April 2026 pukul 00.00 WIB" in text
    assert "hanya dapat diberikan Kepala Biro Perencanaan" in text


def test_a_foreign_or_unknown_table_does_not_exist(cast, row, as_user):
    assert as_user(cast.stranger).get(TABLE).status_code == 404
    client = as_user(cast.operator)
    for address in (
        "/capaian/2026/1/TIDAKADA/",
        "/capaian/2026/5/ROKEU/",
        "/capaian/1999/1/ROKEU/",
        "/capaian/999999999/1/ROKEU/",
    ):
        assert client.get(address).status_code == 404, address


def test_a_unit_without_indicators_says_so(cast, row, as_user):
    assert "Tidak ada indikator" in text_of(as_user(cast.karoren).get("/capaian/2026/1/ROREN/"))


def test_a_returned_row_says_why_and_until_when(cast, row, as_user):
    Achievement.objects.filter(pk=row.pk).update(
        state="returned",
        return_reason="Angka tidak cocok dengan laporan.",
        return_due_at=at("2026-04-24 00:00"),
    )
    with builders.moment(at("2026-04-20 09:00")):
        text = text_of(as_user(cast.operator).get(TABLE))
    assert "Angka tidak cocok dengan laporan." in text
    assert "Perbaiki sampai 23 April 2026 pukul 23.59 WIB" in text


def test_the_table_takes_the_same_queries_for_any_number_of_rows(cast, as_user, query_cost):
    client = as_user(cast.operator)
    for no in (1, 2):
        builders.row(builders.indicator(cast.unit, no))
    few = query_cost(client, TABLE)
    for no in range(3, 21):
        builders.row(builders.indicator(cast.unit, no))
    assert query_cost(client, TABLE) == few


# Saving without JavaScript


def test_a_saved_row_leads_back_to_itself(cast, row, post):
    answer = post(row, by=cast.operator, value_selesai="95", value_rencana="1.000,5")
    assert (answer.status_code, answer["Location"]) == (302, f"{TABLE}#row-{row.pk}")
    assert Achievement.objects.get(pk=row.pk).values == {"selesai": "95", "rencana": "1000.5"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("sembilan", "“sembilan” bukan angka. Tulis hanya angka, misalnya 1.234,5."),
        ("1,234.5", "Maksud Anda 1234,5?"),
        ("99999999999999999999", "Angka terlalu besar (batas 16 digit)."),
        ("1,2345678", "Paling banyak 6 angka di belakang koma."),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_a_figure_that_cannot_be_read_comes_back_with_the_reason(cast, row, post, typed, words):
    text = text_of(post(row, by=cast.operator, value_selesai=typed, value_rencana="100"), 422)
    assert words in text
    assert "<title>Kesalahan: " in text
    assert f'href="#isian-{row.pk}-value_selesai"' in text
    assert 'aria-invalid="true"' in text
    assert 'value="100" data-stored=""' in text  # the other field keeps what was typed
    assert Achievement.objects.get(pk=row.pk).version == 0


def test_a_late_save_keeps_what_was_typed(cast, row, post):
    with builders.moment(at("2026-04-16 00:00")):
        text = text_of(post(row, by=cast.operator, value_selesai="95"), 409)
    assert "sudah ditutup sejak 16 April 2026 pukul 00.00 WIB" in text
    assert "Yang Anda ketik: Selesai <strong>95</strong>" in text


def test_a_stale_save_shows_both_values_and_overwrites_nothing(cast, row, save, post):
    save(row, by=cast.kasubag, selesai="90")
    text = text_of(post(row, by=cast.operator, value_selesai="95"), 409)
    assert "Tersimpan <strong>90</strong>, isian ini <strong>95</strong>" in text
    assert "Budi" in text
    assert 'name="version" value="1">Pakai isian ini' in text
    assert Achievement.objects.get(pk=row.pk).values == {"selesai": "90"}


def test_the_same_sent_twice_is_no_conflict(cast, row, post):
    post(row, by=cast.operator, value_selesai="95")
    assert post(row, by=cast.operator, value_selesai="95").status_code == 302  # with the version of the first time


@pytest.mark.parametrize("version", ["", "abc", "-1", "99999999999999999999"])
def test_a_version_that_is_none_asks_to_reload(cast, row, as_user, version):
    answer = as_user(cast.operator).post(
        f"/capaian/baris/{row.pk}/simpan/", {"table": "1", "version": version, "value_selesai": "95"}
    )
    assert "Muat ulang halaman ini" in text_of(answer, 422)


def test_fields_that_were_not_sent_stay(cast, row, save, post):
    save(row, by=cast.operator, progress="Berjalan.")
    post(Achievement.objects.get(pk=row.pk), by=cast.operator, value_selesai="95")
    assert Achievement.objects.get(pk=row.pk).progress == "Berjalan."


@pytest.mark.parametrize(("person", "status"), [("stranger", 404), ("verifier", 403), ("karoren", 403)])
@pytest.mark.parametrize("typed", ["95", "abc"])
def test_who_may_not_save_learns_nothing(cast, row, post, person, status, typed):
    assert post(row, by=getattr(cast, person), value_selesai=typed).status_code == status
    assert Achievement.objects.get(pk=row.pk).version == 0


@pytest.mark.parametrize("pk", ["999999", "99999999999999999999999"])
def test_saving_a_row_that_is_not_there(cast, row, as_user, pk):
    assert as_user(cast.operator).post(f"/capaian/baris/{pk}/simpan/", {"version": 0}).status_code == 404


def test_after_signing_in_again_the_save_address_leads_to_the_row(cast, row, as_user):
    assert as_user(cast.operator).get(f"/capaian/baris/{row.pk}/simpan/")["Location"] == row.get_absolute_url()


# Autosave


def test_autosave_answers_with_everything_that_was_computed(cast, row, post):
    answer = post(row, by=cast.operator, script=True, value_selesai="80", value_rencana="100")
    assert answer.status_code == 200
    got = answer.json()
    assert {
        name: got[name] for name in ("state", "label", "version", "actual", "percent", "problem", "saved_at", "by")
    } == {
        "state": "draft",
        "label": "Sedang diisi",
        "version": 1,
        "actual": "80,00",
        "percent": "88,89",
        "problem": "",
        "saved_at": "09.00 WIB",
        "by": "Sari",
    }
    assert got["notice"] == "Perlu penjelasan: capaian di bawah 100%."
    assert got["lacks"] == "Kurang: penjelasan, data dukung, kendala, tindak lanjut."


def test_autosave_says_why_there_is_no_result(cast, row, post):
    got = post(row, by=cast.operator, script=True, value_selesai="80", value_rencana="0").json()
    assert (got["actual"], got["problem"]) == ("", "Belum dapat dihitung: Pembagian dengan nol.")


def test_autosave_names_the_field_that_is_wrong(cast, row, post):
    answer = post(row, by=cast.operator, script=True, value_selesai="abc")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"value_selesai": "“abc” bukan angka. Tulis hanya angka, misalnya 1.234,5."}


def test_autosave_of_a_stale_row_gives_both_values_and_who(cast, row, save, post):
    save(row, by=cast.kasubag, selesai="90", rencana="100")
    answer = post(row, by=cast.operator, script=True, value_selesai="95")
    assert answer.status_code == 409
    conflict = answer.json()["conflict"]
    assert conflict["fields"] == {
        "value_selesai": {"name": "value_selesai", "label": "Selesai", "yours": "95", "saved": "90"}
    }
    assert (conflict["by"], conflict["at"], conflict["version"]) == ("Budi", "09.00 WIB", 1)
    assert conflict["saved"]["values"]["value_rencana"] == "100"


def test_autosave_after_the_deadline_is_locked_with_the_reason(cast, row, post):
    with builders.moment(at("2026-04-16 00:00")):
        answer = post(row, by=cast.operator, script=True, value_selesai="95")
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")


def test_autosave_without_a_session_is_401_and_keeps_nothing(cast, row, client):
    answer = client.post(f"/capaian/baris/{row.pk}/simpan/", {"version": 0}, headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_a_score_outside_its_scale_is_refused_with_the_scale(cast, post):
    indicator = builders.scored_indicator(cast.unit)
    builders.scale(indicator)
    answer = post(builders.row(indicator), by=cast.operator, script=True, score="150")
    assert answer.status_code == 422
    assert "di luar skala indikator ini (dari 0 sampai 100)" in answer.json()["message"]


# The page of one row


def test_the_row_page_has_figures_explanation_evidence_and_history(cast, row, save, as_user):
    save(row, by=cast.operator, selesai="95", rencana="100", progress="Berjalan sesuai rencana.")
    text = text_of(as_user(cast.operator).get(row.get_absolute_url()))
    for words in (
        "“Selesai” ÷ “Rencana” × 100",
        "Berjalan sesuai rencana.",
        "Data dukung",
        "simpan capaian",
        "105,56",
    ):
        assert words in text


def test_the_row_page_saves_its_texts_and_the_statement_of_no_result(cast, row, as_user):
    data = {
        "version": 0,
        "no_result": ["false", "true"],
        "progress": "Penilaian pada triwulan IV.\r\nMenunggu.",
    }
    answer = as_user(cast.operator).post(f"/capaian/baris/{row.pk}/simpan/", data)
    assert answer["Location"] == f"/capaian/baris/{row.pk}/#row-{row.pk}"
    saved = Achievement.objects.get(pk=row.pk)
    assert (saved.no_result, saved.progress) == (True, "Penilaian pada triwulan IV.\nMenunggu.")


def test_a_text_that_is_too_long_comes_back_whole(cast, row, as_user):
    long = "a" * 5001
    answer = as_user(cast.operator).post(f"/capaian/baris/{row.pk}/simpan/", {"version": 0, "progress": long})
    text = text_of(answer, 422)
    assert long in text
    assert "5000 karakter" in text


def test_the_components_of_a_score_may_be_written_down(cast, as_user):
    indicator = builders.indicator(cast.unit, variables=("mutu",), expression="", method="external_score")
    row = builders.row(indicator)
    client = as_user(cast.operator)
    client.post(f"/capaian/baris/{row.pk}/simpan/", {"version": 0, "score": "80", "value_mutu": "75,5"})
    saved = Achievement.objects.get(pk=row.pk)
    assert (saved.actual, saved.values) == (Decimal(80), {"mutu": "75.5"})


def test_the_row_page_shows_the_last_four_quarters_of_the_same_indicator(cast, as_user):
    old = builders.decree(2025)
    for number in (1, 2, 3, 4):
        builders.row(builders.indicator(cast.unit, decree=old) if number == 1 else old.indicators.get(), number)
    builders.quarter(2025, 1)
    row = builders.row(builders.indicator(cast.unit))
    text = text_of(as_user(cast.operator).get(row.get_absolute_url()))
    assert [roman in text for roman in (">IV 2025<", ">III 2025<", ">II 2025<", ">I 2025<")] == [True] * 4


def test_neighbours_are_one_step_away(cast, as_user):
    rows = [builders.row(builders.indicator(cast.unit, no)) for no in (1, 2, 3)]
    text = text_of(as_user(cast.operator).get(rows[1].get_absolute_url()))
    assert f'rel="prev" href="/capaian/baris/{rows[0].pk}/"' in text
    assert f'rel="next" href="/capaian/baris/{rows[2].pk}/"' in text


def test_a_returned_row_shows_the_reason_first(cast, row, as_user):
    Achievement.objects.filter(pk=row.pk).update(
        state="returned", return_reason="Bukti tidak terbaca.", return_due_at=at("2026-04-24 00:00")
    )
    text = text_of(as_user(cast.operator).get(row.get_absolute_url()))
    assert text.index("Bukti tidak terbaca.") < text.index('id="isian"')


def test_a_foreign_row_does_not_exist(cast, row, as_user):
    assert as_user(cast.stranger).get(row.get_absolute_url()).status_code == 404
