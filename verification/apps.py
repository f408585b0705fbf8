from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "Verifikasi"

    def ready(self) -> None:
        from . import verified_figures  # noqa: F401  why: registers what it knows about figures of components
        from .actions import validation, worksheet  # noqa: F401  why: they register what their signing does besides
