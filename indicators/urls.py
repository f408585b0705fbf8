"""Routes of catalogue, entry, submission and extensions."""

from django.urls import path

from .views import catalogue, entry, entry_import, evidence, extension, round, round_acts, row, submission

QUARTER_OF_UNIT = "capaian/<int:year>/<int:number>/<slug:code>/"

urlpatterns = [
    path("iku/", catalogue.catalogue, name="catalogue"),
    path("iku/<int:pk>/", catalogue.indicator, name="indicator"),
    path("capaian/", entry.entry_index, name="entry_index"),
    path("capaian/baris/<int:pk>/", row.achievement, name="achievement"),
    path("capaian/baris/<int:pk>/simpan/", row.achievement_save, name="achievement_save"),
    path("capaian/baris/<int:pk>/bukti/", evidence.evidence_upload, name="evidence_upload"),
    path("bukti/<int:pk>/", evidence.evidence, name="evidence"),
    path("bukti/<int:pk>/hapus/", evidence.evidence_remove, name="evidence_remove"),
    path(QUARTER_OF_UNIT, entry.entry, name="entry"),
    path(QUARTER_OF_UNIT + "periksa/", submission.submit_check, name="submit_check"),
    path(QUARTER_OF_UNIT + "tarik/", submission.withdraw, name="withdraw"),
    path(QUARTER_OF_UNIT + "impor/", entry_import.entry_import, name="entry_import"),
    path("pengiriman/", submission.receipts, name="receipts"),
    path("pengiriman/<str:number>/", submission.receipt, name="receipt"),
    path("pengiriman/<str:number>/pdf/", submission.receipt_pdf, name="receipt_pdf"),
    path("pengumpulan/", round.rounds, name="rounds"),
    path("pengumpulan/buka/<int:year>/<int:number>/<slug:code>/", round_acts.round_open, name="round_open"),
    path("pengumpulan/<int:pk>/", round.round, name="round"),
    path("pengumpulan/<int:pk>/format/", round_acts.round_format, name="round_format"),
    path("pengumpulan/<int:pk>/format/kembalikan/", round_acts.round_send_back, name="round_send_back"),
    path("pengumpulan/<int:pk>/formulir/kembalikan/", round_acts.round_return, name="round_return"),
    path("pengumpulan/<int:pk>/alihkan/", round_acts.round_reassign, name="round_reassign"),
    path("pengumpulan/<int:pk>/terima/", round_acts.round_accept, name="round_accept"),
    path("pengumpulan/<int:pk>/isian/kembalikan/", round_acts.round_give_back, name="round_give_back"),
    path("pengumpulan/<int:pk>/paraf/", round_acts.round_initial, name="round_initial"),
    path("pengumpulan/<int:pk>/tanda-tangan/", round_acts.round_sign, name="round_sign"),
    path("pengumpulan/<int:pk>/batalkan/", round_acts.round_cancel, name="round_cancel"),
    path("perpanjangan/", extension.extensions, name="extensions"),
    path("perpanjangan/baru/", extension.extension_new, name="extension_new"),
]
