"""What a decree must be before it can be in force: read by the form, by the page's checklist and by the act."""

from django.core.exceptions import ValidationError

from .models import Decree, Indicator


def require_sound_amendment(decree: Decree) -> None:
    """For forms. Raises ValidationError at the field that has to change."""
    if found := amendment_faults(decree):
        raise ValidationError(dict(found))


def amendment_faults(decree: Decree) -> list[tuple[str, str]]:
    """What is wrong with the decree's dates and with what it amends: field and sentence."""
    begins = decree.in_force_from
    if begins is not None and decree.year is not None and begins.year != decree.year:
        return [("in_force_from", f"Tanggal mulai berlaku harus di tahun {decree.year}.")]
    amended = decree.amends
    if amended is None:
        return []
    if amended.pk == decree.pk:
        return [("amends", "Keputusan tidak dapat mengubah dirinya sendiri.")]
    if decree in _chain(amended):
        return [("amends", f"{amended.title} sendiri mengubah keputusan ini, jadi perubahannya berputar.")]
    if amended.year != decree.year:
        return [("amends", f"Pilih keputusan tahun {decree.year}. Untuk tahun lain, salin keputusannya.")]
    if begins is not None and begins < amended.in_force_from:
        return [("in_force_from", "Perubahan tidak dapat berlaku lebih dulu daripada keputusan yang diubahnya.")]
    if decree.decided_on and amended.decided_on and decree.decided_on < amended.decided_on:
        return [("decided_on", "Perubahan tidak dapat ditetapkan sebelum keputusan yang diubahnya.")]
    return []


def faults(decree: Decree) -> list[str]:
    """Why the decree cannot be enacted yet, apart from initials and signature."""
    found = [] if decree.number.strip() else ["Isi nomor keputusan."]
    if not decree.indicators.exists():
        found.append("Keputusan belum memuat indikator.")
    found += [sentence for _, sentence in amendment_faults(decree)]
    amended = decree.amends
    if amended is not None and not amended.is_enacted:
        found.append(
            f"Keputusan yang diubah berstatus {amended.get_state_display().lower()}. "
            "Tetapkan dulu, atau pilih yang berlaku."
        )
    if amended is not None:
        rival = amended.amendments.filter(state=Decree.State.ENACTED).exclude(pk=decree.pk).first()
        if rival is not None:
            found.append(f"Keputusan itu sudah diubah oleh “{rival.title}”. Buat perubahan atas keputusan tersebut.")
            return found
    return found + _clashes(decree)


def _clashes(decree: Decree) -> list[str]:
    """Two decrees of one unit and year are not in force at once unless one amends the other."""
    units = Indicator.objects.filter(decree=decree).values("unit")
    related = [one.pk for one in _chain(decree)]
    others = (
        Indicator.objects.filter(decree__year=decree.year, decree__state=Decree.State.ENACTED, unit__in=units)
        .exclude(decree__in=related)
        .order_by("decree_id", "unit__path")
        .values_list("decree__title", "unit__name")
    )
    first = others.first()
    if first is None:
        return []
    title, unit = first
    return [
        f"{unit} sudah terikat “{title}” tahun {decree.year}. Jadikan keputusan ini perubahannya, "
        "atau cabut dulu keputusan itu."
    ]


def _chain(decree: Decree) -> list[Decree]:
    """The decree and those it amends; ends also where somebody made a circle."""
    found: list[Decree] = []
    one: Decree | None = decree
    while one is not None and one not in found:
        found.append(one)
        one = one.amends
    return found
