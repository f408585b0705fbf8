from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "Verifikasi"

    def ready(self) -> None:
        from .actions import worksheet  # noqa: F401  why: registers what its signing does besides
