from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "Pelaporan"

    def ready(self) -> None:
        from . import requirements  # noqa: F401  why: registers its rules
        from .actions import assistance  # noqa: F401  why: registers what begins with a case, and its signing
