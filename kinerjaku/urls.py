"""Routes. Paths are Indonesian, names English; each app keeps its own list."""

from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("cek/", views.document_search, name="document_search"),
    path("cek/<str:code>/", views.document_check, name="document_check"),
    path("admin/", admin.site.urls),
    path("", include("reporting.urls")),
    path("", include("accounts.urls")),
    path("", include("services.urls")),
    path("", include("indicators.urls")),
    path("", include("verification.urls")),
]
