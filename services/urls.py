"""Routes of the service standards, the working calendar, cases, and complaints."""

from django.urls import path

from .views import case, complaint, complaint_desk, public

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
    path("pengaduan/", complaint.complaint_new, name="complaint_new"),
    path("pengaduan/lacak/", complaint.complaint_track, name="complaint_track"),
    path("pengaduan/lacak/isi/", complaint.complaint_followed, name="complaint_followed"),
    path("pengaduan/lacak/tulis/", complaint.complaint_write, name="complaint_write"),
    path("pengaduan/lacak/tutup/", complaint.complaint_withdraw, name="complaint_withdraw"),
    path("pengaduan/lacak/buka-lagi/", complaint.complaint_reopen, name="complaint_reopen"),
    path("pengaduan/lacak/selesai/", complaint.complaint_leave, name="complaint_leave"),
    path("pengaduan/lacak/berkas/<int:pk>/", complaint.complaint_own_file, name="complaint_own_file"),
    path("pengaduan/statistik/", complaint.complaint_statistics, name="complaint_statistics"),
    path("pengaduan/daftar/", complaint_desk.complaints, name="complaints"),
    path("pengaduan/catat/", complaint_desk.complaint_register, name="complaint_register"),
    path("pengaduan/daftar/<int:pk>/", complaint_desk.complaint, name="complaint"),
    path("pengaduan/daftar/<int:pk>/disposisi/", complaint_desk.complaint_assign, name="complaint_assign"),
    path("pengaduan/daftar/<int:pk>/diadukan/", complaint_desk.complaint_concerned, name="complaint_concerned"),
    path("pengaduan/daftar/<int:pk>/jenis/", complaint_desk.complaint_classify, name="complaint_classify"),
    path("pengaduan/daftar/<int:pk>/jawab/", complaint_desk.complaint_reply, name="complaint_reply"),
    path("pengaduan/daftar/<int:pk>/tutup/", complaint_desk.complaint_close, name="complaint_close"),
    path("pengaduan/berkas/<int:pk>/", complaint_desk.complaint_file, name="complaint_file"),
]
