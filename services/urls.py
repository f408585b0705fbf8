"""Routes of the service standards, the working calendar, and cases."""

from django.urls import path

from .views import apology, case, compensation, public

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
    path("layanan/<int:pk>/permohonan-maaf/", apology.apology, name="apology"),
    path("layanan/<int:pk>/permohonan-maaf/rancang/", apology.apology_draft, name="apology_draft"),
    path("layanan/<int:pk>/permohonan-maaf/terbit/", apology.apology_issue, name="apology_issue"),
    path("layanan/<int:pk>/permohonan-maaf/pdf/", apology.apology_pdf, name="apology_pdf"),
    path("layanan/kompensasi/", compensation.obligations, name="obligations"),
    path("layanan/kompensasi/<int:pk>/", compensation.obligation, name="obligation"),
    path("layanan/kompensasi/<int:pk>/penuhi/", compensation.obligation_fulfil, name="obligation_fulfil"),
    path("layanan/kompensasi/<int:pk>/serahkan/", compensation.obligation_hand_over, name="obligation_hand_over"),
    path("layanan/kompensasi/<int:pk>/alihkan/", compensation.obligation_reassign, name="obligation_reassign"),
    path("layanan/kompensasi/<int:pk>/bebaskan/", compensation.obligation_waive, name="obligation_waive"),
    path("layanan/kompensasi/<int:pk>/berita-acara/", compensation.handover_scan, name="handover_scan"),
]
