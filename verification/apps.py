from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "Verifikasi"

    def ready(self) -> None:
        from . import verified  # noqa: F401  why: it registers the figures that were found
        from .actions import validation, worksheet  # noqa: F401  why: they register what their signing does besides
