from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "services"
    verbose_name = "Layanan"

    def ready(self) -> None:
        from kinerjaku import audit

        from .models import Complaint

        audit.veil(Complaint, Complaint.objects.visible_to)  # whom it is about reads nothing of it
