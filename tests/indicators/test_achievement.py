"""Saving, computing, sending and taking back rows."""

from decimal import Decimal

import builders
import pytest
from builders import IN_TIME, at
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import Notice
from indicators.actions import achievement as achievements
from indicators.actions import catalogue, evidence
from indicators.actions.achievement import Incomplete, Stale
from indicators.checklist import doubts
from indicators.models import Achievement, Variable
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry


def test_saving_computes_actual_and_achievement(cast, row, save):
    saved = save(row, by=cast.operator, selesai="95", rencana="100")
    assert (saved.actual, saved.percent.quantize(Decimal("0.01"))) == (Decimal(95), Decimal("105.56"))
    assert (saved.state, saved.version, saved.saved_by) == ("draft", 1, cast.operator)


def test_figures_are_stored_exactly(cast, row, save):
    save(row, by=cast.operator, selesai="1234567890123456.123456", rencana="1")
    assert Achievement.objects.get(pk=row.pk).values["selesai"] == "1234567890123456.123456"


def test_a_missing_variable_gives_the_reason_and_no_figure(cast, row, save):
    saved = save(row, by=cast.operator, selesai="95")
    assert (saved.actual, saved.percent) == (None, None)
    assert saved.actual_problem == "Belum dapat dihitung: Rencana belum diisi."


def test_division_by_zero_gives_the_reason_and_no_figure(cast, row, save):
    saved = save(row, by=cast.operator, selesai="95", rencana="0")
    assert (saved.actual, saved.actual_problem) == (None, "Belum dapat dihitung: Pembagian dengan nol.")


def test_a_result_that_does_not_fit_gives_the_reason_and_no_figure(cast, save):
    row = builders.row(builders.indicator(cast.unit, expression="selesai * rencana"))
    saved = save(row, by=cast.operator, selesai="9999999999999999", rencana="9999999999999999")
    assert saved.actual is None
    assert "Periksa kembali satuan isian" in saved.actual_problem


def test_a_score_outside_its_scale_is_refused_and_nothing_is_written(cast, save):
    indicator = builders.scored_indicator(cast.unit)
    builders.scale(indicator)
    row = builders.row(indicator)
    with pytest.raises(DomainError, match=r"Nilai 150 di luar skala indikator ini \(dari 0 sampai 100\)"):
        save(row, by=cast.operator, score=Decimal(150))
    assert Achievement.objects.get(pk=row.pk).version == 0


def test_no_result_yet_is_a_statement_not_a_zero(cast, row, save):
    saved = save(row, by=cast.operator, selesai="95", rencana="100", no_result=True)
    assert (saved.actual, saved.percent) == (None, None)


def test_saving_the_same_again_changes_neither_version_nor_history(cast, row, save):
    save(row, by=cast.operator, selesai="95")
    save(row, by=cast.operator, selesai="95")
    assert Achievement.objects.get(pk=row.pk).version == 1
    assert AuditEntry.objects.filter(verb="simpan capaian").count() == 1


def test_a_stale_version_is_refused_with_what_is_stored(cast, row, save):
    save(row, by=cast.operator, selesai="95")
    with pytest.raises(Stale) as refused:
        save(row, by=cast.kasubag, version=0, selesai="90")
    assert refused.value.current.values == {"selesai": "95"}
    assert refused.value.current.saved_by == cast.operator
    assert Achievement.objects.get(pk=row.pk).values == {"selesai": "95"}


def test_a_variable_that_the_formula_does_not_have_is_refused(cast, row, save):
    with pytest.raises(DomainError) as refused:
        save(row, by=cast.operator, lain="1")
    assert refused.value.code == "unknown_field"


def test_only_people_of_the_unit_save(cast, row, save):
    with pytest.raises(Http404):
        save(row, by=cast.stranger, selesai="95")
    with pytest.raises(PermissionDenied):
        save(row, by=cast.verifier, selesai="95")
    with pytest.raises(PermissionDenied):
        save(row, by=cast.karoren, selesai="95")


def test_history_keeps_before_and_after(cast, row, save):
    save(row, by=cast.operator, progress="Mulai.")
    save(row, by=cast.kasubag, progress="Selesai.")
    latest = audit.history(row)[0]
    assert (latest.by, latest.before["progress"], latest.after["progress"]) == (
        cast.kasubag,
        "Mulai.",
        "Selesai.",
    )


def test_the_database_refuses_a_sent_row_without_a_sender(row):
    with pytest.raises(IntegrityError), transaction.atomic():
        Achievement.objects.filter(pk=row.pk).update(state="submitted")


# Sending


def missing(refused):
    return [lack.message for lack in refused.value.missing]


def submit(cast, *, when=IN_TIME, by=None):
    with builders.moment(when):
        return achievements.submit(builders.quarter().pk, cast.unit, by=by or cast.operator, at=when)


def test_an_empty_quarter_cannot_be_sent(cast, row):
    with pytest.raises(Incomplete) as refused:
        submit(cast)
    assert missing(refused) == [
        "Nilai belum diisi.",
        "Penjelasan kemajuan belum ditulis.",
        "Data dukung belum diunggah.",
    ]
    assert Achievement.objects.get(pk=row.pk).state == "empty"


def test_below_100_percent_obstacles_and_follow_up_are_needed(cast, row, save):
    builders.fill(row, by=cast.operator, done="80")
    save(row, by=cast.operator, obstacles="", follow_up="")
    with pytest.raises(Incomplete) as refused:
        submit(cast)
    assert missing(refused) == [
        "Capaian di bawah 100%: kendala belum ditulis.",
        "Capaian di bawah 100%: tindak lanjut belum ditulis.",
    ]


def test_a_score_needs_its_source(cast, save):
    row = builders.row(builders.scored_indicator(cast.unit))
    builders.fill(row, by=cast.operator)
    save(row, by=cast.operator, score_source="")
    with pytest.raises(Incomplete) as refused:
        submit(cast)
    assert missing(refused) == ["Sumber nilai belum ditulis."]


def test_a_removed_file_does_not_count_as_evidence(cast, row):
    builders.fill(row, by=cast.operator)
    with builders.moment(IN_TIME):
        evidence.remove(row.evidence.get().pk, by=cast.operator, at=IN_TIME)
    with pytest.raises(Incomplete) as refused:
        submit(cast)
    assert missing(refused) == ["Data dukung belum diunggah."]


def test_no_result_yet_needs_an_explanation_but_no_evidence(cast, row, save):
    save(row, by=cast.operator, no_result=True, progress="Penilaian baru dilakukan pada triwulan IV.")
    submit(cast)
    assert Achievement.objects.get(pk=row.pk).state == "submitted"


def test_sending_gives_a_receipt_over_exactly_what_was_sent(cast, row):
    builders.fill(row, by=cast.operator)
    sent = submit(cast, when=at("2026-04-10 09:30"))
    content = sent.document.content
    assert sent.number == "TT-2026-TW1-ROKEU-01"
    assert sent.document.content_hash == documents.content_hash(content)
    assert content["sent_at"] == "2026-04-10T09:30:00+07:00"
    assert [(r["actual"], r["percent_text"], len(r["evidence"])) for r in content["rows"]] == [("95", "105,56", 1)]


def test_any_change_of_the_content_changes_the_hash(cast, row):
    sent = builders.submitted(cast.unit, by=cast.operator)
    altered = {**sent.document.content, "sent_by": {"name": "Orang lain", "position": ""}}
    assert documents.content_hash(altered) != sent.document.content_hash


def test_sent_rows_are_locked(cast, row, save):
    builders.submitted(cast.unit, by=cast.operator)
    with pytest.raises(DomainError) as refused:
        save(row, by=cast.operator, selesai="96")
    assert refused.value.code == "wrong_state"


def test_there_is_nothing_to_send_twice(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    with pytest.raises(DomainError) as refused:
        submit(cast)
    assert refused.value.code == "nothing_to_send"


def test_the_verifiers_of_the_unit_are_told(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    assert cast.verifier.notices.get().subject == "Unit ROKEU mengirim capaian Triwulan I 2026"


def test_only_people_of_the_unit_send(cast, row):
    with pytest.raises(PermissionDenied):
        submit(cast, by=cast.verifier)


def test_what_was_withdrawn_can_be_changed_and_sent_with_a_new_number(cast, row, save):
    builders.submitted(cast.unit, by=cast.operator)
    with builders.moment(IN_TIME):
        assert achievements.withdraw(row.quarter_id, cast.unit, by=cast.operator, at=IN_TIME) == 1
    assert save(row, by=cast.operator, selesai="96").state == "draft"
    assert submit(cast).number == "TT-2026-TW1-ROKEU-02"


def test_nothing_is_withdrawn_after_the_deadline(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    late = at("2026-04-16 00:00")
    with builders.moment(late), pytest.raises(DomainError) as refused:
        achievements.withdraw(row.quarter_id, cast.unit, by=cast.operator, at=late)
    assert refused.value.code == "closed"


# What is likely a slip


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"selesai": "-5"}, ["Selesai bernilai negatif."]),
        ({"selesai": "12,5"}, []),  # a ratio of percentages may have decimals
        ({"selesai": "200"}, ["Capaian mencapai batas 120%, pastikan angka dan targetnya."]),
        ({"selesai": "95"}, []),
    ],
)
def test_likely_slips_are_pointed_out(cast, row, save, typed, said):
    saved = save(row, by=cast.operator, **{name: text.replace(",", ".") for name, text in typed.items()}, rencana="100")
    assert doubts(saved) == said


def test_what_is_counted_in_wholes_has_no_decimals(cast, row, save):
    Variable.objects.filter(indicator=row.indicator, code="selesai").update(measure="rekomendasi")
    catalogue.keep_rule(row.indicator)
    assert doubts(save(row, by=cast.operator, selesai="4.5")) == ["Selesai bukan bilangan bulat."]


# Taking back


def test_a_withdrawn_receipt_is_void_and_the_verifiers_are_told(cast, row):
    sent = builders.submitted(cast.unit, by=cast.operator)
    with builders.moment(IN_TIME):
        achievements.withdraw(row.quarter_id, cast.unit, by=cast.operator, at=IN_TIME)
    sent.document.refresh_from_db()
    assert sent.document.state_label == "Dibatalkan"
    assert Notice.objects.filter(user=cast.verifier, cause=f"withdrawal/{sent.number}").exists()


def test_a_row_changed_by_oneself_elsewhere_says_so(cast, row, save):
    save(row, by=cast.operator, selesai="95")
    with pytest.raises(achievements.Stale) as stale:
        save(row, by=cast.operator, selesai="96", version=0)
    assert stale.value.who == "Anda sendiri, di tab atau perangkat lain"
