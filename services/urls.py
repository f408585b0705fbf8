"""Routes of the service standards, the working calendar, cases, and the satisfaction survey."""

from django.urls import path

from .views import case, public, survey, survey_staff

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
    path("survei/", survey.survey, name="survey"),
    path("survei/terbit/<int:pk>/", survey.survey, name="survey_published"),
    path("survei/terbit/<int:pk>/pdf/", survey.survey_pdf, name="survey_pdf"),
    path("survei/isi/<int:pk>/", survey.survey_open, name="survey_open"),
    path("survei/berkas/<int:pk>/", survey.survey_mine, name="survey_mine"),
    path("survei/tautan/<str:token>/", survey.survey_invitation, name="survey_invitation"),
    path("survei/terima-kasih/", survey.survey_thanks, name="survey_thanks"),
    path("survei/periode/", survey_staff.survey_periods, name="survey_periods"),
    path("survei/periode/baru/", survey_staff.survey_period_new, name="survey_period_new"),
    path("survei/periode/<int:pk>/", survey_staff.survey_period, name="survey_period"),
    path("survei/periode/<int:pk>/ubah/", survey_staff.survey_period_edit, name="survey_period_edit"),
    path("survei/periode/<int:pk>/tutup/", survey_staff.survey_period_close, name="survey_period_close"),
    path("survei/periode/<int:pk>/terbit/", survey_staff.survey_period_publish, name="survey_period_publish"),
    path("survei/periode/<int:pk>/tindak-lanjut/", survey_staff.follow_up_new, name="follow_up_new"),
    path("survei/tindak-lanjut/<int:pk>/", survey_staff.follow_up, name="follow_up"),
    path("survei/tindak-lanjut/<int:pk>/ubah/", survey_staff.follow_up_edit, name="follow_up_edit"),
    path("survei/hasil/", survey_staff.survey_results, name="survey_results"),
    path("survei/saran/", survey_staff.survey_remarks, name="survey_remarks"),
]
