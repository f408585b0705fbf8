"""Routes of the working calendar."""

from django.urls import path

from . import views

urlpatterns = [
    path("kalender/", views.calendar_month, name="calendar"),
    path("kalender/<int:year>/<int:month>/", views.calendar_month, name="calendar_month"),
]
