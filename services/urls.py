"""Routes of the service standards and the working calendar."""

from django.urls import path

from . import views

urlpatterns = [
    path("standar/", views.standards, name="standards"),
    path("standar/<slug:key>/", views.standard, name="standard"),
    path("kalender/", views.calendar_month, name="calendar"),
    path("kalender/<int:year>/<int:month>/", views.calendar_month, name="calendar_month"),
]
