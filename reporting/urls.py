"""Routes of home, performance, nota dinas, assistance with reports, and the guide."""

from django.urls import path

from verification.models import ValidationSheet, Worksheet
from verification.urls import signing_routes

from .views import assistance, draft, home, nota, performance, tree

urlpatterns = [
    path("", home.home, name="home"),
    path("cari/", home.search, name="search"),
    path("panduan/", home.guide, name="guide"),
    path("kinerja/", performance.performances, name="performances"),
    path("kinerja/<slug:code>/", performance.performance, name="performance"),
    path("kinerja/<slug:code>/hitungan/<int:pk>/", performance.calculation, name="performance_calculation"),
    path("pohon-kinerja/", tree.cascade_tree, name="cascade_tree"),
    path("nota-dinas/", nota.notas, name="notas"),
    path("nota-dinas/zip/", nota.nota_zip, name="nota_zip"),
    path("nota-dinas/angka/", nota.nota_figures, name="nota_figures"),
    path("nota-dinas/siap/", nota.notas_ready, name="notas_ready"),
    path("nota-dinas/terbitkan/<int:pk>/", nota.nota_issue, {"model": Worksheet}, name="nota_issue"),
    path(
        "nota-dinas/terbitkan/validasi/<int:pk>/",
        nota.nota_issue,
        {"model": ValidationSheet},
        name="validation_nota_issue",
    ),
    path("nota-dinas/<int:pk>/", nota.nota, name="nota"),
    path("nota-dinas/<int:pk>/pdf/", nota.nota_pdf, name="nota_pdf"),
    path("pendampingan/", assistance.assistances, name="assistances"),
    path("pendampingan/butir/<int:pk>/", assistance.assistance_point, name="assistance_point"),
    path("pendampingan/rancangan/<int:pk>/", draft.draft, name="assistance_draft"),
    path("pendampingan/rancangan/<int:pk>/hapus/", draft.draft_remove, name="assistance_draft_remove"),
    path("pendampingan/<int:pk>/", assistance.assistance, name="assistance"),
    path("pendampingan/<int:pk>/rancangan/", draft.draft_upload, name="assistance_draft_upload"),
    path("pendampingan/<int:pk>/minta/", draft.assistance_request, name="assistance_request"),
    path("pendampingan/<int:pk>/isi/", assistance.assistance_answer, name="assistance_answer"),
    path("pendampingan/<int:pk>/kembalikan/", assistance.assistance_return, name="assistance_return"),
    path("pendampingan/<int:pk>/bekukan/", assistance.assistance_freeze, name="assistance_freeze"),
    *signing_routes("pendampingan", "assistance", assistance.PAGES),
]
