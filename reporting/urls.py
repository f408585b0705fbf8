"""Routes of home, nota dinas and the guide."""

from django.urls import path

from verification.models import ValidationSheet, Worksheet

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("cari/", views.search, name="search"),
    path("panduan/", views.guide, name="guide"),
    path("nota-dinas/", views.notas, name="notas"),
    path("nota-dinas/zip/", views.nota_zip, name="nota_zip"),
    path("nota-dinas/angka/", views.nota_figures, name="nota_figures"),
    path("nota-dinas/siap/", views.notas_ready, name="notas_ready"),
    path("nota-dinas/terbitkan/<int:pk>/", views.nota_issue, {"model": Worksheet}, name="nota_issue"),
    path(
        "nota-dinas/terbitkan/validasi/<int:pk>/",
        views.nota_issue,
        {"model": ValidationSheet},
        name="validation_nota_issue",
    ),
    path("nota-dinas/<int:pk>/", views.nota, name="nota"),
    path("nota-dinas/<int:pk>/pdf/", views.nota_pdf, name="nota_pdf"),
]
