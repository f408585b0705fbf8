"""Routes of signing in and out, the profile, notices, kept entries, imports and the audit log."""

from django.urls import path

from . import import_views, views

urlpatterns = [
    path("masuk/", views.SignIn.as_view(), name="login"),
    path("keluar/", views.SignOut.as_view(), name="logout"),
    path("profil/", views.profile, name="profile"),
    path("profil/kata-sandi/", views.PasswordChange.as_view(), name="password_change"),
    path("profil/pemberitahuan/", views.channels, name="channels"),
    path("pemberitahuan/", views.notices, name="notices"),
    path("pemberitahuan/dibaca/", views.notices_read, name="notices_read"),
    path("pemberitahuan/<int:pk>/", views.notice, name="notice"),
    path("pemberitahuan/<int:pk>/buka/", views.notice_open, name="notice_open"),
    path("isian-tersimpan/", views.kept, name="kept"),
    path("impor/", import_views.imports, name="imports"),
    path("impor/baru/", import_views.import_new, name="import_new"),
    path("impor/berkas/<slug:key>/", import_views.import_file, name="import_file"),
    path("impor/<int:pk>/", import_views.import_job, name="import_job"),
    path("impor/<int:pk>/simpan/", import_views.import_confirm, name="import_confirm"),
    path("impor/<int:pk>/batal/", import_views.import_cancel, name="import_cancel"),
    path("impor/<int:pk>/hasil/", import_views.import_result, name="import_result"),
    path("audit/", views.audit_log, name="audit_log"),
]
