from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "indicators"
    verbose_name = "Indikator dan capaian"

    def ready(self) -> None:
        from . import requirements  # noqa: F401  why: registers what it knows about achievements
        from .actions import round  # noqa: F401  why: a case of collection begins and ends with its round
