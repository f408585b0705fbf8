"""Routes of worksheets: review, freezing, signing."""

from django.urls import URLPattern, path

from .views import proposal, row, signing, validation, worksheet


def signing_routes(prefix: str, name: str, pages: signing.SheetPages) -> list[URLPattern]:
    """The routes that every kind of sheet has: NAME_sign, NAME_refuse, NAME_reopen, NAME_pdf."""
    acts = [("tanda-tangan", "sign"), ("tolak", "refuse"), ("buka", "reopen"), ("pdf", "pdf")]
    return [
        path(f"{prefix}/<int:pk>/{word}/", getattr(signing, f"sheet_{act}"), {"pages": pages}, name=f"{name}_{act}")
        for word, act in acts
    ]


urlpatterns = [
    path("verifikasi/", worksheet.worksheets, name="worksheets"),
    path("verifikasi/buat/", worksheet.worksheet_open, name="worksheet_open"),
    path("verifikasi/baris/<int:pk>/", row.worksheet_row, name="worksheet_row"),
    path("verifikasi/baris/<int:pk>/kembalikan/", row.row_return, name="row_return"),
    path("verifikasi/<int:pk>/", worksheet.worksheet, name="worksheet"),
    path("verifikasi/<int:pk>/terima/", worksheet.worksheet_accept, name="worksheet_accept"),
    path("verifikasi/<int:pk>/bekukan/", worksheet.worksheet_freeze, name="worksheet_freeze"),
    *signing_routes("verifikasi", "worksheet", worksheet.PAGES),
    path("validasi/", validation.validations, name="validations"),
    path("validasi/usulan/<int:pk>/", proposal.proposal, name="proposal"),
    path("validasi/usulan/<int:pk>/hasil/", proposal.proposal_decide, name="proposal_decide"),
    path("validasi/usulan/<int:pk>/hapus/", proposal.proposal_remove, name="proposal_remove"),
    path("validasi/<int:pk>/", validation.validation, name="validation"),
    path("validasi/<int:pk>/usulan/", proposal.proposal_new, name="proposal_new"),
    path("validasi/<int:pk>/salin/", validation.validation_copy, name="validation_copy"),
    path("validasi/<int:pk>/kirim/", validation.validation_send, name="validation_send"),
    path("validasi/<int:pk>/kembalikan/", validation.validation_return, name="validation_return"),
    path("validasi/<int:pk>/terima/", validation.validation_accept, name="validation_accept"),
    path("validasi/<int:pk>/bekukan/", validation.validation_freeze, name="validation_freeze"),
    *signing_routes("validasi", "validation", validation.PAGES),
]
