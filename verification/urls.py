"""Routes of worksheets: review, freezing, signing."""

from django.urls import URLPattern, path

from .views import row, signing, worksheet


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
]
