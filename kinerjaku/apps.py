"""The kernel as an app, and the admin site that asks our policy."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class KernelConfig(AppConfig):
    name = "kinerjaku"
    verbose_name = "Dokumen dan audit"


class AdminConfig(DjangoAdminConfig):
    default_site = "accounts.sites.PortalAdminSite"
