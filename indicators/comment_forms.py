"""The shape of a comment."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from kinerjaku.choices import ManyField

from .actions.comments import MOST_TEXT


class CommentForm(forms.Form):
    text = forms.CharField(
        label="Komentar",
        max_length=MOST_TEXT,
        help_text="Tidak dapat diubah atau dihapus, dan bukan bagian dari capaian yang dikirim.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Tulis komentar dahulu.",
            "max_length": f"Komentar paling panjang {MOST_TEXT} karakter. Persingkat teksnya.",
        },
    )
    people = ManyField(
        User.objects.none(),
        label="Beri tahu",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Ada orang yang tidak dapat melihat baris ini. Pilih lagi siapa yang diberi tahu.",
            "invalid_pk_value": "Pilih orang dari daftar.",
        },
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, people: QuerySet[User], initial: Any = None) -> None:
        super().__init__(data, initial=initial, prefix="komentar", use_required_attribute=False)
        self.fields["people"].queryset = people
