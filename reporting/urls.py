"""Routes of home, nota dinas and the guide."""

from django.urls import path

from .views import home, nota

urlpatterns = [
    path("", home.home, name="home"),
    path("cari/", home.search, name="search"),
    path("panduan/", home.guide, name="guide"),
    path("nota-dinas/", nota.notas, name="notas"),
    path("nota-dinas/zip/", nota.nota_zip, name="nota_zip"),
    path("nota-dinas/angka/", nota.nota_figures, name="nota_figures"),
    path("nota-dinas/siap/", nota.notas_ready, name="notas_ready"),
    path("nota-dinas/terbitkan/<int:pk>/", nota.nota_issue, name="nota_issue"),
    path("nota-dinas/<int:pk>/", nota.nota, name="nota"),
    path("nota-dinas/<int:pk>/pdf/", nota.nota_pdf, name="nota_pdf"),
]
