"""Routes of the service standards, the working calendar, and cases."""

from django.urls import path

from .views import case, escalation, public, report

urlpatterns = [
    path("standar/", public.standards, name="standards"),
    path("standar/<slug:key>/", public.standard, name="standard"),
    path("kalender/", public.calendar_month, name="calendar"),
    path("kalender/<int:year>/<int:month>/", public.calendar_month, name="calendar_month"),
    path("layanan/", case.cases, name="cases"),
    path("layanan/baru/", case.case_new, name="case_new"),
    path("layanan/eskalasi/", escalation.escalations, name="escalations"),
    path("layanan/<int:pk>/", case.case, name="case"),
    path("layanan/<int:pk>/langkah/<int:order>/selesai/", case.case_complete, name="case_complete"),
    path("layanan/<int:pk>/langkah/<int:order>/kembali/", case.case_send_back, name="case_send_back"),
    path("layanan/<int:pk>/serahkan/", case.case_assign, name="case_assign"),
    path("layanan/<int:pk>/jeda/", case.case_pause, name="case_pause"),
    path("layanan/<int:pk>/lanjut/", case.case_resume, name="case_resume"),
    path("layanan/<int:pk>/batal/", case.case_cancel, name="case_cancel"),
    path("layanan/laporan/", report.service_reports, name="service_reports"),
    path("layanan/laporan/<int:pk>/", report.service_report, name="service_report"),
    path("layanan/laporan/<int:pk>/pdf/", report.service_report_pdf, name="service_report_pdf"),
    path("layanan/laporan/<int:pk>/xlsx/", report.service_report_xlsx, name="service_report_xlsx"),
    path("layanan/laporan/<int:pk>/arahan/", report.service_report_read, name="service_report_read"),
    path("layanan/kompensasi/<int:pk>/penuhi/", case.obligation_fulfil, name="obligation_fulfil"),
    path("layanan/kompensasi/<int:pk>/bebaskan/", case.obligation_waive, name="obligation_waive"),
]
