from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Pengguna dan unit kerja"

    def ready(self) -> None:
        from kinerjaku.sheets import register

        from .sheets import UnitKind, UserKind

        register(UnitKind())
        register(UserKind())
