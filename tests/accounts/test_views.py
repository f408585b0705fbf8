"""Signing in and out, the person's own pages, and the audit log."""

from datetime import timedelta

import builders
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import notices, tasks
from accounts.models import Notice, User
from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.models import AuditEntry

AT = builders.at("2026-04-13 08:00")


@pytest.fixture
def signed_in(client, house):
    client.force_login(house.operator)
    return client


def told(person, number=1, **options):
    for n in range(number):
        subject = options.get("subject", f"Perihal {n}")
        notices.tell(
            [person],
            cause=f"{subject}/{n}",
            subject=subject,
            body="Isi",
            path=options.get("path", "/capaian/"),
            at=AT + timedelta(minutes=n),
        )
    return list(person.notices.all())


def query_cost(client, address) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_signing_in_leads_home_and_is_audited(client, house):
    answer = client.post(reverse("login"), {"username": house.operator.email, "password": builders.PASSWORD})
    assert answer.url == reverse("home")
    entry = audit.history(house.operator).first()
    assert (entry.verb, entry.by, entry.after) == ("masuk", house.operator, None)


def test_signing_in_leads_to_the_page_that_was_wanted(client, house):
    wanted = client.get(reverse("profile")).url
    fields = {"username": house.operator.email, "password": builders.PASSWORD, "next": reverse("profile")}
    assert client.post(wanted, fields).url == reverse("profile")


def test_signing_in_never_leads_to_another_site(client, house):
    fields = {
        "username": house.operator.email,
        "password": builders.PASSWORD,
        "next": "https://evil.example/",
    }
    assert client.post(reverse("login"), fields).url == reverse("home")


def test_a_failed_sign_in_says_what_to_do_and_nothing_about_the_account(client, house):
    html = [
        client.post(reverse("login"), {"username": name, "password": "salah"}).content.decode()
        for name in (house.operator.email, "tidak.ada@example.test")
    ]
    assert all("Surel, NIP, atau kata sandi tidak cocok." in page for page in html)
    assert all("<title>Kesalahan: Masuk – Kinerjaku</title>" in page for page in html)


def test_signing_out_is_audited_and_needs_a_post(signed_in, house):
    assert signed_in.get(reverse("logout")).status_code == 405
    assert signed_in.post(reverse("logout")).url == reverse("login")
    assert audit.history(house.operator).first().verb == "keluar"


def test_signing_out_twice_is_harmless_and_leaves_nothing_kept(client, house):
    assert client.post(reverse("logout")).url == reverse("login")
    assert "kept_post" not in client.session


def test_the_profile_lists_the_roles(signed_in, house):
    html = signed_in.get(reverse("profile")).content.decode()
    assert "Operator unit" in html
    assert "Unit ROKEU" in html


def test_a_person_without_a_role_is_told_whom_to_ask(client, db):
    client.force_login(builders.user())
    assert "Anda belum memegang peran" in client.get(reverse("profile")).content.decode()


def test_changing_the_password_keeps_the_session(signed_in, house):
    fields = {
        "old_password": builders.PASSWORD,
        "new_password1": "perahu biru di teluk",
        "new_password2": "perahu biru di teluk",
    }
    assert signed_in.post(reverse("password_change"), fields).url == reverse("profile")
    assert signed_in.get(reverse("profile")).status_code == 200
    assert User.objects.get(pk=house.operator.pk).check_password("perahu biru di teluk")
    assert audit.history(house.operator).first().verb == "ganti kata sandi"


def test_a_short_password_is_refused_with_a_summary(signed_in, house):
    fields = {"old_password": builders.PASSWORD, "new_password1": "pendek", "new_password2": "pendek"}
    html = signed_in.post(reverse("password_change"), fields).content.decode()
    assert "Ada yang perlu diperbaiki" in html
    assert 'href="#id_new_password1"' in html
    assert User.objects.get(pk=house.operator.pk).check_password(builders.PASSWORD)


def test_the_list_shows_ones_own_notices_only(signed_in, house):
    told(house.operator, subject="Untuk operator")
    told(house.admin, subject="Untuk admin")
    html = signed_in.get(reverse("notices")).content.decode()
    assert "Untuk operator" in html
    assert "Untuk admin" not in html


@pytest.mark.parametrize(("status", "shown"), [("belum", {"Baru"}), ("sudah", {"Lama"}), ("", {"Baru", "Lama"})])
def test_notices_are_filtered_by_whether_they_were_read(signed_in, house, status, shown):
    notices.mark_read(told(house.operator, subject="Lama")[0], at=AT)
    told(house.operator, subject="Baru")
    rows = signed_in.get(reverse("notices"), {"status": status}).context["listing"].rows
    assert {notice.subject for notice in rows} == shown


def test_notices_can_be_exported(signed_in, house):
    told(house.operator, subject="Ekspor ini")
    assert "Ekspor ini" in signed_in.get(reverse("notices"), {"format": "csv"}).content.decode()


def test_looking_at_a_notice_does_not_mark_it(signed_in, house):
    notice = told(house.operator)[0]
    assert signed_in.get(notice.get_absolute_url()).status_code == 200
    assert house.operator.notices.get().read_at is None


def test_opening_marks_it_and_leads_on(signed_in, house):
    notice = told(house.operator)[0]
    with builders.moment(AT):
        assert signed_in.post(reverse("notice_open", args=[notice.pk])).url == "/capaian/"
    assert house.operator.notices.get().read_at == AT


def test_marking_stays_in_the_list(signed_in, house):
    notice = told(house.operator)[0]
    assert signed_in.post(reverse("notice_open", args=[notice.pk]), {"stay": "1"}).url == reverse("notices")


def test_a_notice_never_leads_to_another_site(signed_in, house):
    notice = told(house.operator, path="//evil.example/")[0]
    assert signed_in.post(reverse("notice_open", args=[notice.pk])).url == reverse("notices")


def test_somebody_elses_notice_is_not_there(signed_in, house):
    notice = told(house.admin)[0]
    assert signed_in.get(notice.get_absolute_url()).status_code == 404
    assert signed_in.post(reverse("notice_open", args=[notice.pk])).status_code == 404
    assert house.admin.notices.get().read_at is None


def test_the_frame_counts_what_is_unread(signed_in, house):
    told(house.operator, 3)
    html = signed_in.get(reverse("profile")).content.decode()
    assert '<span class="count">3</span>' in html


def test_the_frame_shows_only_what_the_person_may_open(signed_in, client, house):
    assert reverse("audit_log") not in signed_in.get(reverse("profile")).content.decode()
    client.force_login(house.admin)
    html = client.get(reverse("profile")).content.decode()
    assert reverse("audit_log") in html
    assert reverse("admin:index") in html


def test_the_cost_of_the_notice_list_does_not_grow(signed_in, house):
    told(house.operator, 2, subject="A")
    few = query_cost(signed_in, reverse("notices"))
    told(house.operator, 18, subject="B")
    assert query_cost(signed_in, reverse("notices")) == few


# The audit log


@pytest.fixture
def auditor(client, house):
    client.force_login(house.admin)
    return client


def seqs(answer) -> set[int]:
    return {entry.seq for entry in answer.context["listing"].rows}


def test_the_log_says_who_did_what(auditor, house):
    html = auditor.get(reverse("audit_log")).content.decode()
    assert "buat unit" in html
    assert "unit kerja Unit ROKEU" in html


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SEKJEN, Role.VERIFIER])
def test_others_may_not_read_it(client, house, role):
    client.force_login(builders.user(role, house.bureau))
    assert client.get(reverse("audit_log")).status_code == 403


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ({"tindakan": "unit"}, {"buat unit"}),
        ({"pelaku": "dewi"}, {"masuk"}),
        ({"objek": "accounts.user"}, {"masuk"}),
        ({"dari": "2026-04-13"}, {"masuk"}),
        ({"sampai": "2026-04-12"}, {"buat unit"}),
        ({"dari": "2026-04-13", "sampai": "2026-04-13"}, {"masuk"}),
    ],
)
def test_the_log_is_filtered(auditor, house, query, verbs):
    from accounts.actions import note_sign_in

    note_sign_in(house.admin, "masuk", at=builders.at("2026-04-13 23:59"))
    rows = auditor.get(reverse("audit_log"), query).context["listing"].rows
    assert {entry.verb for entry in rows} == verbs


def test_an_impossible_range_is_explained_and_narrows_nothing(auditor, house):
    answer = auditor.get(reverse("audit_log"), {"dari": "2026-05-01", "sampai": "2026-04-01"})
    assert "Tanggal akhir mendahului tanggal awal." in answer.content.decode()
    assert len(seqs(answer)) == AuditEntry.objects.count()


def test_the_log_can_be_exported_with_its_changes(auditor, house):
    text = auditor.get(reverse("audit_log"), {"format": "csv", "objek": "accounts.workunit"}).content.decode()
    assert "kode:  → ROKEU" in text


def test_the_cost_of_the_log_does_not_grow(auditor, house):
    few = query_cost(auditor, reverse("audit_log"))
    for number in range(20):
        builders.unit(f"U{number}", parent=house.setjen)
    assert query_cost(auditor, reverse("audit_log")) == few


# The public check of a document


def test_the_search_tells_an_unknown_code(client, db):
    answer = client.get(reverse("document_search"), {"kode": "abcd-efgh"})
    assert answer.status_code == 404
    assert "Tidak ada dokumen dengan kode ABCDEFGH" in answer.content.decode()


def test_a_void_document_says_so_and_why(client, db):
    from kinerjaku import documents

    document = documents.freeze("worksheet", "Lembar kerja Biro Keuangan", {"rahasia": "isi"}, at=AT)
    documents.void(document, "Angka keliru.", at=AT)
    html = client.get(document.get_absolute_url()).content.decode()
    assert "Dokumen ini dibatalkan 13 April 2026 pukul 08.00 WIB" in html
    assert "Angka keliru." in html
    assert "rahasia" not in html


def test_the_check_names_signers_and_hash_and_claims_no_more_than_it_is(client, db):
    from kinerjaku import documents

    document = documents.freeze("worksheet", "Lembar kerja", {"a": "1"}, at=AT)
    signer = {
        "party": "Eselon II",
        "unit": "Biro Keuangan",
        "name": "Budi",
        "position": "Kepala",
        "at": "tadi",
    }
    documents.seal(document, [signer], at=AT)
    html = client.get(document.get_absolute_url()).content.decode()
    assert "Budi" in html
    assert document.content_hash in html
    assert "bukan tanda tangan elektronik tersertifikasi" in html


# Pages of errors


def test_an_unknown_address_is_explained(signed_in):
    answer = signed_in.get("/tidak-ada/")
    assert answer.status_code == 404
    assert "Halaman tidak ditemukan" in answer.content.decode()


def test_a_form_that_was_open_too_long_is_explained_calmly(house):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(house.operator)
    answer = client.post(reverse("logout"))
    assert answer.status_code == 403
    assert "Halaman ini perlu dimuat ulang" in answer.content.decode()


def test_the_page_of_a_breakdown_needs_nothing():
    from django.template.loader import render_to_string

    assert "Terjadi gangguan" in render_to_string("500.html")


def test_what_somebody_signed_in_sees_stays_in_no_cache(client, house):
    assert "Cache-Control" not in client.get("/cek/").headers
    client.force_login(house.operator)
    for address in ("/", "/cek/", "/iku/?format=xlsx"):
        assert client.get(address)["Cache-Control"] == "private, no-store"


def test_signing_out_clears_the_cache(client, house):
    client.force_login(house.operator)
    assert client.post(reverse("logout"))["Clear-Site-Data"] == '"cache"'


def test_all_notices_are_marked_as_read_at_once(client, house):
    for number in range(3):
        Notice.objects.create(
            user=house.operator,
            cause=str(number),
            subject="Uji",
            body="Uji",
            path="/",
            created_at=builders.IN_TIME,
            send_after=builders.IN_TIME,
        )
    client.force_login(house.operator)
    client.post(reverse("notices_read"))
    assert not house.operator.notices.filter(read_at=None).exists()


def test_sessions_that_have_ended_are_cleared(client, house):
    client.force_login(house.operator)
    Session.objects.update(expire_date=builders.IN_TIME)
    with builders.moment(builders.AFTER_CLOSE):
        tasks.clear_sessions()
    assert not Session.objects.exists()
