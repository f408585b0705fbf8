"""Routes of the service standards, the working calendar, and cases."""

from django.urls import path

from .views import calendar, case, public

urlpatterns = [
    path("standar/", public.standards, name="standards"),
    path("standar/<slug:key>/", public.standard, name="standard"),
    path("kalender/", public.calendar_month, name="calendar"),
    path("kalender/<int:year>/<int:month>/", public.calendar_month, name="calendar_month"),
    path("kalender/impor/", calendar.calendar_import, name="calendar_import"),
    path("kalender/hitung-ulang/", calendar.recounts, name="recounts"),
    path("layanan/", case.cases, name="cases"),
    path("layanan/<int:pk>/", case.case, name="case"),
    path("layanan/<int:pk>/jeda/", case.case_pause, name="case_pause"),
    path("layanan/<int:pk>/lanjut/", case.case_resume, name="case_resume"),
    path("layanan/<int:pk>/batal/", case.case_cancel, name="case_cancel"),
    path("layanan/kompensasi/<int:pk>/penuhi/", case.obligation_fulfil, name="obligation_fulfil"),
    path("layanan/kompensasi/<int:pk>/bebaskan/", case.obligation_waive, name="obligation_waive"),
]
