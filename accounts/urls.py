"""Routes of signing in and out, the profile, notices, kept entries and the audit log."""

from django.urls import path

from . import views

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
    path("audit/", views.audit_log, name="audit_log"),
]
