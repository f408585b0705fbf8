"""The roles of domain guide 1, as values and labels."""

from django.db import models


class Role(models.TextChoices):
    OPERATOR = "operator", "Operator unit"
    KASUBAG = "kasubag", "Kasubag Program, Kepegawaian dan Pelaporan"
    OFFICIAL = "official", "Pejabat unit"
    VERIFIER = "verifier", "Verifikator"
    ITJEN_VALIDATOR = "itjen_validator", "Validator Itjen"
    QUALITY_LEAD = "quality_lead", "Ketua subtim harmonisasi kinerja"
    TEAM_LEAD = "team_lead", "Ketua tim (eselon III)"
    KAROREN = "karoren", "Kepala Biro Perencanaan"
    SEKJEN = "sekjen", "Sekretaris Jenderal"
    ITJEN_OVERSIGHT = "itjen_oversight", "Pengawas Itjen"
    ADMIN = "admin", "Admin"


UNIT_ROLES = (Role.OPERATOR, Role.KASUBAG, Role.OFFICIAL)  # the people of a unit
