from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "indicators"
    verbose_name = "Indikator dan capaian"

    def ready(self) -> None:
        from kinerjaku.sheets import register

        from . import requirements  # noqa: F401  why: registers what it knows about achievements
        from .achievement_sheet import AchievementKind
        from .actions import round  # noqa: F401  why: a case of collection begins and ends with its round
        from .catalogue_sheet import CatalogueKind
        from .target_sheet import TargetKind

        for kind in (AchievementKind(), TargetKind(), CatalogueKind()):
            register(kind)
