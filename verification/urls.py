"""Routes of worksheets: review, freezing, signing."""

from django.urls import path

from .views import row, signing, worksheet

urlpatterns = [
    path("verifikasi/", worksheet.worksheets, name="worksheets"),
    path("verifikasi/buat/", worksheet.worksheet_open, name="worksheet_open"),
    path("verifikasi/baris/<int:pk>/", row.worksheet_row, name="worksheet_row"),
    path("verifikasi/baris/<int:pk>/kembalikan/", row.row_return, name="row_return"),
    path("verifikasi/<int:pk>/", worksheet.worksheet, name="worksheet"),
    path("verifikasi/<int:pk>/terima/", worksheet.worksheet_accept, name="worksheet_accept"),
    path("verifikasi/<int:pk>/bekukan/", worksheet.worksheet_freeze, name="worksheet_freeze"),
    path("verifikasi/<int:pk>/tanda-tangan/", signing.worksheet_sign, name="worksheet_sign"),
    path("verifikasi/<int:pk>/tolak/", signing.worksheet_refuse, name="worksheet_refuse"),
    path("verifikasi/<int:pk>/buka/", signing.worksheet_reopen, name="worksheet_reopen"),
    path("verifikasi/<int:pk>/pdf/", worksheet.worksheet_pdf, name="worksheet_pdf"),
]
