"""Routes of the service standards, the working calendar, cases, and invitations."""

from django.urls import path

from .views import attendance, case, invitation, public

urlpatterns = [
    path("standar/", public.standards, name="standards"),
    path("standar/<slug:key>/", public.standard, name="standard"),
    path("kalender/", public.calendar_month, name="calendar"),
    path("kalender/<int:year>/<int:month>/", public.calendar_month, name="calendar_month"),
    path("layanan/", case.cases, name="cases"),
    path("layanan/<int:pk>/", case.case, name="case"),
    path("layanan/<int:pk>/jeda/", case.case_pause, name="case_pause"),
    path("layanan/<int:pk>/lanjut/", case.case_resume, name="case_resume"),
    path("layanan/<int:pk>/batal/", case.case_cancel, name="case_cancel"),
    path("layanan/kompensasi/<int:pk>/penuhi/", case.obligation_fulfil, name="obligation_fulfil"),
    path("layanan/kompensasi/<int:pk>/bebaskan/", case.obligation_waive, name="obligation_waive"),
    path("undangan/", invitation.invitations, name="invitations"),
    path("undangan/baru/", invitation.invitation_new, name="invitation_new"),
    path("undangan/<int:pk>/", invitation.invitation, name="invitation"),
    path("undangan/<int:pk>/ubah/", invitation.invitation_edit, name="invitation_edit"),
    path("undangan/<int:pk>/terbit/", invitation.invitation_issue, name="invitation_issue"),
    path("undangan/<int:pk>/pindah/", invitation.invitation_reschedule, name="invitation_reschedule"),
    path("undangan/<int:pk>/batal/", invitation.invitation_cancel, name="invitation_cancel"),
    path("undangan/<int:pk>/pdf/", invitation.invitation_pdf, name="invitation_pdf"),
    path("undangan/<int:pk>/jawab/", attendance.invitation_answer, name="invitation_answer"),
    path("undangan/jawab/<str:token>/", attendance.invitation_answer_guest, name="invitation_answer_guest"),
    path("undangan/<int:pk>/hadir/", attendance.invitation_attendance, name="invitation_attendance"),
    path("undangan/<int:pk>/hadir/tambah/", attendance.invitation_walk_in, name="invitation_walk_in"),
    path("undangan/<int:pk>/hadir/tutup/", attendance.invitation_attendance_close, name="invitation_attendance_close"),
]
