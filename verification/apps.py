from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "Verifikasi"

    def ready(self) -> None:
        from . import past  # noqa: F401  why: it registers what cards say of earlier years
        from .actions import validation, worksheet  # noqa: F401  why: they register what their signing does besides
