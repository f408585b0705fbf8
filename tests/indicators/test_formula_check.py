"""What does not fit together in a typed formula: the message names row, column and value, and what to do."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import formula, formula_check
from indicators.formula_check import BandLine, Draft, VariableLine
from indicators.scoring import Band
from kinerjaku.figures import format_figure


def draft(expression: str, *codes: str, bands: tuple[Band, ...] = ()) -> Draft:
    variables = tuple(VariableLine(row, code, code.capitalize()) for row, code in enumerate(codes, 1))
    return Draft(expression, variables, tuple(BandLine(row, band) for row, band in enumerate(bands, 1)))


def messages(typed: Draft) -> list[str]:
    return [fault.message for fault in formula_check.faults(typed, format_figure)]


def notes(typed: Draft) -> list[str]:
    return formula_check.notes(typed, format_figure)


def between(lower: int, upper: int, **more) -> Band:
    return Band(Decimal(lower), Decimal(upper), **more)


def test_a_sound_draft_has_neither_faults_nor_notes():
    typed = draft("a / b", "a", "b", bands=(between(0, 50), between(50, 100, lower_inclusive=False)))
    assert (messages(typed), notes(typed)) == ([], [])


def test_each_unknown_variable_is_named_with_its_place_and_the_nearest_code():
    assert messages(draft("total_beritta / totl * x", "total_berita", "y")) == [
        "Rumus, karakter ke-1: rumus memakai variabel yang tidak ada dalam daftar: total_beritta. Maksud Anda "
        "“total_berita”? Perbaiki ejaannya, atau tambahkan barisnya pada tabel variabel.",
        "Rumus, karakter ke-17: rumus memakai variabel yang tidak ada dalam daftar: totl. Perbaiki ejaannya, atau "
        "tambahkan barisnya pada tabel variabel.",
        "Rumus, karakter ke-24: rumus memakai variabel yang tidak ada dalam daftar: x. Perbaiki ejaannya, atau "
        "tambahkan barisnya pada tabel variabel.",
    ]


def test_a_name_in_capitals_finds_its_code():
    assert "Maksud Anda “selesai”?" in messages(draft("Selesai", "selesai"))[0]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("(" * 60 + "a" + ")" * 60, "bertingkat lebih dari 50 (karakter ke-51). Kurangi kurung"),
        ("a" + " + a" * 200, "lebih dari 300 unsur"),
        ("a" + " " * 2000 + "+ a", "lebih panjang dari 2000 karakter. Ringkas"),
        ("a +", "belum lengkap (karakter ke-4). Lengkapi"),
        ("a a", "bagian 'a' salah tempat (karakter ke-3)"),
        ("a ^ 2", "Tulis ** untuk pangkat. Di sekitar: “a ^ 2”."),
        ("a : 2", "Tulis / untuk bagi."),
        ("jumlah(a)", "Fungsi 'jumlah' tidak dikenal (karakter ke-1); gunakan min, max, abs, round"),
        ("min(a)", "Jumlah isian fungsi min tidak tepat (karakter ke-1). Tulis min(a, b)."),
        ("0,5 * a", "bagian ',' salah tempat (karakter ke-2)"),
        ("a ** 13", "Pangkat paling besar 12. Kecilkan pangkatnya. Di sekitar: “a ** 13”."),
        ("2 ** -1000000000", "Pangkat paling besar 12."),
        ("a ** 0.5", "Pangkat harus bilangan bulat."),
        ("a / (2 - 2)", "Pembagian dengan nol. Di sekitar: “a / (2 - 2)”."),
        ("a / a / 0", "Pembagian dengan nol."),
        ("a + 1" + "0" * 34, "Angka dalam perhitungan terlalu besar. Di sekitar: “a + 1"),
        ("__import__('os')", "Karakter '_' tidak dapat dipakai dalam rumus (karakter ke-1)"),
    ],
)
def test_an_expression_that_cannot_be_read_says_where_and_what_to_do(expression, words):
    [message] = messages(draft(expression, "a"))
    assert message.startswith("Rumus")
    assert words in message


def test_a_code_twice_names_both_rows():
    assert messages(draft("a", "a", "b", "a")) == [
        "Variabel baris 3, kode “a”: sudah dipakai baris 1. Beri kode lain, atau hapus salah satu barisnya."
    ]


@pytest.mark.parametrize(("code", "what"), [("max", "nama fungsi rumus"), ("if", "kata yang tidak dapat dipakai")])
def test_a_code_that_is_a_word_of_formulas_is_refused(code, what):
    found = messages(draft("", "a", code))
    assert found[0].startswith(f"Variabel baris 2, kode “{code}”: ini {what}")


@pytest.mark.parametrize(
    ("code", "better"),
    [("Nilai Akhir", "nilai_akhir"), ("2abc", "abc"), ("nilai-saq", "nilai_saq"), ("_a", "a"), ("%", ""), ("MAX", "")],
)
def test_a_code_with_other_characters_gets_advice(code, better):
    advice = formula_check.code_advice(code)
    assert advice.endswith(f"misalnya {better}." if better else "dimulai dengan huruf.")


def test_overlapping_bands_are_named_by_row_and_interval():
    assert messages(draft("a", "a", bands=(between(60, 100), between(0, 60)))) == [
        "Dua rentang bertumpuk: baris 1 (mulai 60 sampai 100) dan baris 2 (mulai 0 sampai 60). "
        "Ubah batasnya atau tanda “termasuk”, agar setiap nilai hanya termasuk satu baris."
    ]


def test_bands_with_and_without_an_achievement_do_not_mix():
    bands = (between(0, 5, achievement=Decimal(80)), between(6, 7), between(8, 9))
    assert messages(draft("a", "a", bands=bands)) == [
        "Skala baris 2, 3: capaian (%) kosong, padahal baris lain berisi. "
        "Isi capaian (%) pada semua rentang, atau kosongkan pada semua rentang."
    ]


def test_a_variable_that_is_never_used_is_a_note():
    typed = draft("a", "a", "b")
    assert messages(typed) == []
    assert notes(typed)[0].startswith("Variabel baris 2 (“b”) tidak dipakai dalam rumus.")


def test_components_of_a_score_from_outside_are_no_unused_variables():
    assert [note[:12] for note in notes(draft("", "a", "b"))] == ["Tanpa rumus:"]


def test_a_formula_without_variables_is_a_note():
    assert notes(draft("1 + 1")) == ["Rumus tidak memakai variabel apa pun, jadi hasilnya selalu sama."]


def test_a_hole_says_where_its_values_go():
    bands = (between(81, 100, grade="A"), between(0, 80, grade="B", label="Cukup"))
    assert notes(draft("a", "a", bands=bands)) == [
        "Skala bercelah di antara baris 2 dan baris 1: nilai lebih dari 80 kurang dari 81 masuk baris 2 (B Cukup)."
    ]


@given(st.text(max_size=30), st.lists(st.from_regex(r"[a-c][a-z]?", fullmatch=True), max_size=4))
def test_a_draft_without_faults_can_be_evaluated_or_says_why_not(expression, codes):
    typed = draft(expression, *codes)
    if expression and not messages(typed):
        notes(typed)
        with suppress(formula.FormulaError):  # of the figures, not of the words
            assert formula.evaluate(expression, dict.fromkeys(codes, Decimal(3))).is_finite()
