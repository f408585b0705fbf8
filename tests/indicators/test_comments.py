"""Comments on a row: who writes, who is told, and what is refused."""

from datetime import timedelta

import builders
import pytest
from builders import IN_TIME
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import policy
from accounts.models import Notice
from accounts.policy import Verb
from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import comments
from indicators.models import Achievement, Comment
from kinerjaku import audit
from kinerjaku.errors import DomainError


def say(row, text="Mohon dicek.", *, by, mentions=(), when=IN_TIME):
    with builders.moment(when):
        return comments.say(row.pk, text, mentions=[one.pk for one in mentions], by=by, at=when)


def test_who_is_mentioned_is_told_where_it_stands(cast, row):
    comment = say(row, by=cast.operator, mentions=[cast.verifier])
    told = Notice.objects.get(cause=f"comment/{comment.pk}")
    assert (told.user, told.path) == (cast.verifier, f"{row.get_absolute_url()}#komentar-{comment.pk}")


def test_nobody_is_told_of_their_own_comment(cast, row):
    say(row, by=cast.operator, mentions=[cast.operator])
    assert not Notice.objects.exists()


def test_it_is_in_the_audit(cast, row):
    comment = say(row, by=cast.operator, mentions=[cast.verifier])
    entry = audit.history(comment).get()
    assert (entry.verb, entry.after["mentions"]) == ("tulis komentar", [cast.verifier.pk])


@pytest.mark.parametrize(("text", "code"), [("  \n", "empty"), ("x" * 2001, "too_long")])
def test_what_says_nothing_or_too_much_is_refused(cast, row, text, code):
    with pytest.raises(DomainError) as refused:
        say(row, text, by=cast.operator)
    assert refused.value.code == code


def test_who_does_not_see_the_row_cannot_be_mentioned(cast, row):
    with pytest.raises(DomainError) as refused:
        say(row, by=cast.operator, mentions=[cast.stranger])
    assert refused.value.code == "unknown_person"
    assert not Comment.objects.exists()


def test_thirty_comments_an_hour_are_enough(cast, row):
    for _ in range(30):
        say(row, by=cast.operator)
    with pytest.raises(DomainError) as refused:
        say(row, by=cast.operator, when=IN_TIME + timedelta(minutes=59))
    assert (refused.value.code, refused.value.status) == ("too_many", 429)
    say(row, by=cast.kasubag)
    say(row, by=cast.operator, when=IN_TIME + timedelta(hours=1))


def test_unit_verifier_and_bureau_write_and_those_who_watch_do_not(cast, row):
    for person in (cast.operator, cast.official, cast.chief, cast.verifier, cast.karoren):
        say(row, by=person)
    for role in (Role.SEKJEN, Role.ITJEN_OVERSIGHT, Role.ITJEN_VALIDATOR):
        with pytest.raises(PermissionDenied):
            say(row, by=builders.user(role, cast.bureau))
    with pytest.raises(Http404):
        say(row, by=builders.user(Role.OPERATOR, cast.bureau))


def test_whoever_comments_sees_the_row():
    assert policy.GRANTS[Verb.COMMENT].items() <= policy.GRANTS[Verb.VIEW].items()


def test_it_is_no_part_of_what_is_sent(cast, row):
    filled = builders.fill(row, by=cast.operator)
    seen = achievements.fingerprint([Achievement.objects.for_pages().get(pk=row.pk)])
    say(filled, "Rahasia kita.", by=cast.operator)
    assert achievements.fingerprint([Achievement.objects.for_pages().get(pk=row.pk)]) == seen
    with builders.moment(IN_TIME):
        sent = achievements.submit(row.quarter_id, cast.unit, by=cast.operator, at=IN_TIME, seen=seen)
    assert "Rahasia" not in str(sent.document.content)


def test_a_comment_is_shown_escaped_to_unit_and_verifier(cast, row, as_user):
    builders.submitted(cast.unit, by=cast.operator)
    say(row, "<script>alert(1)</script>", by=cast.operator)
    sheet = builders.worksheet(cast.unit)
    with builders.moment(builders.AFTER_CLOSE):
        for person, path in (
            (cast.operator, row.get_absolute_url()),
            (cast.operator, f"{row.get_absolute_url()}panel/"),
            (cast.verifier, sheet.rows.get().get_absolute_url()),
        ):
            page = as_user(person).get(path).content.decode()
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
            assert "<script>alert" not in page


def test_a_refused_comment_comes_back_with_what_was_typed(cast, row, as_user):
    typed = {"komentar-text": "Mohon dicek.", "komentar-people": [cast.stranger.pk], "komentar-next": "/x/"}
    with builders.moment(IN_TIME):
        answer = as_user(cast.operator).post(f"{row.get_absolute_url()}komentar/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Mohon dicek.</textarea>" in page
    assert 'value="/x/"' in page


@pytest.mark.parametrize("elsewhere", ["https://jahat.test/", "//jahat.test/", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_portal(cast, row, as_user, elsewhere):
    typed = {"komentar-text": "Mohon dicek.", "komentar-next": elsewhere}
    with builders.moment(IN_TIME):
        answer = as_user(cast.operator).post(f"{row.get_absolute_url()}komentar/", typed)
    assert answer.url == Comment.objects.get().get_absolute_url()


def test_it_goes_back_to_where_it_was_written(cast, row, as_user):
    typed = {"komentar-text": "Mohon dicek.", "komentar-next": row.quarter.entry_path(cast.unit)}
    with builders.moment(IN_TIME):
        answer = as_user(cast.operator).post(f"{row.get_absolute_url()}komentar/", typed)
    assert answer.url == row.quarter.entry_path(cast.unit)


def test_two_comments_cost_as_many_queries_as_ten(cast, row, as_user, query_cost):
    with builders.moment(IN_TIME):
        client, path = as_user(cast.operator), f"{row.get_absolute_url()}panel/"
        for _ in range(2):
            say(row, by=cast.operator, mentions=[cast.verifier])
        few = query_cost(client, path)
        for _ in range(8):
            say(row, by=cast.operator, mentions=[cast.verifier, cast.official])
        assert query_cost(client, path) == few


def test_who_may_only_look_has_no_form(cast, row, as_user):
    page = as_user(builders.user(Role.SEKJEN, cast.bureau)).get(f"{row.get_absolute_url()}panel/").content.decode()
    assert "Kirim komentar" not in page
