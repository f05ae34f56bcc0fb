"""A reply is conditional on what its writer saw, is sent once, and never loses its text."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Conversation, Draft, Label, Message, Origin, State, Verdict
from shop import tuning
from tests.conversations.composer.forms import colleague, send
from tests.support.shop import Shop
from tests.support.talks import LIST, ask, make_conversation, page, say, viewer

pytestmark = pytest.mark.django_db


def replies() -> list[str]:
    rows = Message.objects.filter(origin=Origin.STAFF).order_by("pk")
    return list(rows.values_list("text", flat=True))


# What others said meanwhile: who, in which words, and what is shown of it


def customer_writes(talk: Conversation) -> Message:
    return ask(talk, "wait, <b>another</b> one")


def colleague_replies(talk: Conversation) -> Message:
    return say(talk, "Bob here.", origin=Origin.STAFF, staff="bob")


def app_replies(talk: Conversation) -> Message:
    return say(talk, "From my phone.", origin=Origin.APP)


def bot_replies(talk: Conversation) -> Message:
    return say(talk, "In 2 days.")


@pytest.mark.parametrize(
    ("happens", "said", "shown"),
    [
        (
            customer_writes,
            "@maria has written in the meantime.",
            "wait, &lt;b&gt;another&lt;/b&gt; one",
        ),
        (colleague_replies, "bob replied just now.", "Bob here."),
        (app_replies, "Instagram app: a reply was sent just now.", "From my phone."),
        (bot_replies, "The bot replied just now.", "In 2 days."),
    ],
)
def test_what_was_said_meanwhile_is_shown_before_anything_is_sent(
    staff: Client, talk: Conversation, happens: Any, said: str, shown: str
) -> None:
    seen = ask(talk, "hello?").pk
    newest = happens(talk)
    answer = send(staff, talk, "Gladly.", seen=seen)
    assert (answer["outcome"], answer["said"]) == ("conflict", said)
    assert shown in answer["html"]
    assert answer["seen"] == newest.pk
    assert "Gladly." not in replies()
    assert Draft.objects.get().text == "Gladly."
    # All the same: what has been shown now is seen. What comes after that is not.
    later = ask(talk, "and one more")
    assert send(staff, talk, "Gladly.", seen=answer["seen"])["outcome"] == "conflict"
    assert send(staff, talk, "Gladly.", seen=later.pk)["outcome"] == "queued"
    assert "Gladly." in replies()
    assert not Draft.objects.exists()


def mine(talk: Conversation) -> None:
    say(talk, "Anna again.", origin=Origin.STAFF, staff="anna")


def queued_by_bot(talk: Conversation) -> None:
    say(talk, "Not sent yet.", state=State.QUEUED)


def cancelled(talk: Conversation) -> None:
    say(talk, "Never sent.", state=State.CANCELLED)


def unsent(talk: Conversation) -> None:
    ask(talk, "", unsent_at=timezone.now())


def of_another_customer(_: Conversation) -> None:
    ask(make_conversation("somebody"), "not here")


@pytest.mark.parametrize("happens", [mine, queued_by_bot, cancelled, unsent, of_another_customer])
def test_what_is_no_news_is_no_conflict(staff: Client, talk: Conversation, happens: Any) -> None:
    seen = ask(talk, "hello?").pk
    happens(talk)
    assert send(staff, talk, seen=seen)["outcome"] == "queued"


@pytest.mark.parametrize("seen", ["", "nonsense", "99999999999999999999"])
def test_a_form_that_names_no_message_has_seen_none(
    staff: Client, talk: Conversation, seen: str
) -> None:
    ask(talk, "hello?")
    assert send(staff, talk, seen=seen)["outcome"] == "conflict"


def test_without_scripts_a_conflict_comes_back_with_text_and_what_was_said(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, "hello?")
    shown = page(staff, talk)
    assert "Send anyway" not in shown
    form = {"text": "Gladly, Maria.", "token": "t1", "seen": Message.objects.get().pk}
    newest = ask(talk, "wait")
    after = staff.post(f"{LIST}{talk.pk}/reply/", form, follow=True).content.decode()
    assert "@maria has written in the meantime." in after
    assert "Send anyway" in after
    assert f'name="seen" value="{newest.pk}"' in " ".join(after.split())
    assert ">Gladly, Maria.</textarea>" in after
    assert not replies()
    assert "Send anyway" not in page(staff, talk), "the conflict is shown once"


def test_a_double_click_sends_once_and_both_hear_that_it_was_sent(
    staff: Client, talk: Conversation
) -> None:
    answers = [send(staff, talk, "Once."), send(staff, talk, "Once.")]
    assert [one["outcome"] for one in answers] == ["queued", "queued"]
    assert replies() == ["Once."]
    assert answers[0]["token"] != answers[1]["token"] != "t1"


def test_a_text_that_was_changed_after_a_lost_answer_is_not_lost(
    staff: Client, talk: Conversation
) -> None:
    send(staff, talk, "First words.")  # it was sent, but the line was cut before the answer
    answer = send(staff, talk, "First words, and more.")
    assert answer["outcome"] == "refused"
    assert "An earlier version of this text has already been sent." in answer["said"]
    assert answer["token"]
    assert Draft.objects.get().text == "First words, and more."
    assert replies() == ["First words."]
    assert send(staff, talk, "And more.", token=answer["token"])["outcome"] == "queued"


def test_a_long_text_that_was_sent_is_known_again(staff: Client, talk: Conversation) -> None:
    text = "Zażółć gęślą jaźń.\n\n" * 90
    assert send(staff, talk, text)["outcome"] == "queued"
    assert send(staff, talk, text)["said"] == "This reply has already been sent."
    assert len(replies()) > 1


def test_line_ends_are_counted_and_sent_as_they_were_typed(
    staff: Client, talk: Conversation
) -> None:
    lines = "x" * 499 + "\r\n" + "y" * 500  # a browser sends each line end as two characters
    send(staff, talk, lines)
    assert replies() == [lines.replace("\r\n", "\n")]


@pytest.mark.parametrize("text", ["", "  \r\n "])
def test_nothing_is_not_sent(staff: Client, talk: Conversation, text: str) -> None:
    answer = send(staff, talk, text)
    assert (answer["outcome"], answer["said"]) == ("refused", "Write something first.")
    assert not replies()


def test_a_failed_reply_waits_again_with_its_text_at_hand(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, "hello?")
    send(staff, talk, "My words.")
    assert "was not sent" not in page(staff, talk)
    Message.objects.filter(origin=Origin.STAFF).update(state=State.FAILED, error="Nobody there.")
    shown = page(staff, talk)
    assert "Your last reply was not sent. Nobody there." in " ".join(shown.split())
    assert '<blockquote dir="auto">My words.</blockquote>' in shown
    send(staff, talk, "Other words.", token="t2")
    assert "was not sent" not in page(staff, talk)


# Send and done, and the next


def test_send_and_done_ends_the_wait_and_leaves_later_words_waiting(shop: Shop) -> None:
    shop.hears("wordless")
    shop.works()
    talk, anna = Conversation.objects.get(), colleague("anna")
    seen = Message.objects.order_by("pk").last()
    assert seen
    answer = send(anna, talk, "Here.", seen=seen.pk, then="done")
    assert answer["said"] == "Reply queued and marked as done. Bot paused for this customer."
    shop.works()
    talk.refresh_from_db()
    assert talk.waiting_since is None
    assert shop.texts[-1] == "Here."
    shop.hears("and now?")
    shop.works()
    talk.refresh_from_db()
    assert talk.waiting_since is not None


def test_a_conflict_marks_nothing_as_done(staff: Client, talk: Conversation) -> None:
    seen = ask(talk, "hello?").pk
    late = ask(talk, "wait", flagged=True)
    Conversation.objects.update(waiting_since=late.at, needs_person=True)
    assert send(staff, talk, seen=seen, then="done")["outcome"] == "conflict"
    talk.refresh_from_db()
    assert talk.waiting_since is not None
    late.refresh_from_db()
    assert late.done_at is None


def test_the_answer_says_nothing_of_a_pause_that_there_is_not(
    staff: Client, talk: Conversation
) -> None:
    tuning.put("pause_hours", "0")
    assert send(staff, talk)["said"] == "Reply queued."


def test_next_is_who_has_waited_longest_and_is_not_put_off(staff: Client) -> None:
    now = timezone.now()
    hours = {"here": 9, "off": 8, "longest": 7, "short": 1}
    rows = {
        name: make_conversation(name, waiting_since=now - timedelta(hours=ago))
        for name, ago in hours.items()
    }
    make_conversation("answered")
    Conversation.objects.filter(username="off").update(put_off_until=now + timedelta(hours=1))

    def after(name: str) -> str:
        return str(staff.get(f"{LIST}{rows[name].pk}/next/")["Location"])

    assert after("here") == f"{LIST}{rows['longest'].pk}/change/"
    assert after("longest") == f"{LIST}{rows['here'].pk}/change/"
    Conversation.objects.exclude(username="here").update(waiting_since=None)
    assert after("here") == LIST
    assert "No one else is waiting." in staff.get(LIST).content.decode()


def test_next_is_in_the_list_that_one_came_from_and_not_what_a_colleague_has(
    staff: Client,
) -> None:
    now, ben = timezone.now(), User.objects.create_superuser("ben")
    hours = {"here": 9, "theirs": 8, "any": 7, "returned": 1}
    rows = {
        name: make_conversation(name, waiting_since=now - timedelta(hours=ago))
        for name, ago in hours.items()
    }
    Conversation.objects.filter(username="theirs").update(assignee=ben)
    returns = Label.objects.named("returns")
    rows["returned"].labels.add(returns)

    def after_here(kept: str) -> str:
        link = f"{LIST}{rows['here'].pk}/next/?{urlencode({'_changelist_filters': kept})}"
        return str(staff.get(link)["Location"]).partition("?")[0]

    def thread(name: str) -> str:
        return f"{LIST}{rows[name].pk}/change/"

    assert after_here("tab=waiting") == thread("any")
    assert after_here(f"tab=waiting&labels__id__exact={returns.pk}") == thread("returned")
    assert after_here(f"tab=waiting&assignee={ben.pk}") == thread("theirs"), "asked for"
    assert after_here("tab=put_off") == thread("any"), "nobody waits in that list"
    Conversation.objects.filter(username__in=["any", "returned"]).update(waiting_since=None)
    assert after_here("tab=waiting") == LIST
    told = staff.get(LIST).content.decode()
    assert "Your colleagues have everyone else who is waiting." in told


# The window


@pytest.mark.parametrize(
    ("human_agent", "hours", "may", "says"),
    [
        (False, 1, True, "Sending cancels pending bot messages"),
        (False, 1, True, "The customer sees this. Open until "),
        (False, 30, False, "The 24-hour window is closed. It closed on "),
        (True, 30, True, "your reply goes out as a person"),
        (True, 24 * 8, False, "The 7-day window is closed. It closed on "),
        (False, 24 * 8, False, "You can reply when the customer writes."),
    ],
)
def test_the_composer_says_why_and_until_when(  # noqa: PLR0913, PLR0917 - a table
    staff: Client, settings: Settings, human_agent: bool, hours: int, may: bool, says: str
) -> None:
    settings.HUMAN_AGENT = human_agent
    talk = make_conversation("late", last_inbound_at=timezone.now() - timedelta(hours=hours))
    shown = " ".join(page(staff, talk).split())
    assert says in shown
    assert send(staff, talk)["outcome"] == ("queued" if may else "refused")


def test_with_a_reading_right_there_is_no_composer(client: Client, talk: Conversation) -> None:
    ask(talk)
    shown = page(viewer(client, "view_conversation"), talk)
    assert "<textarea" not in shown
    for path in ("reply/", "draft/", "note/"):
        assert client.post(f"{LIST}{talk.pk}/{path}", {"text": "x"}).status_code == 403
    for path in ("draft/", "saved-replies/", "colleagues/"):
        assert client.get(f"{LIST}{talk.pk}/{path}").status_code == 403
    assert not Message.objects.exclude(verdict=Verdict.NO_ANSWER).exists()


def test_whoever_is_logged_out_comes_back_to_the_conversation(
    client: Client, talk: Conversation
) -> None:
    there = f"{LIST}{talk.pk}/change/"
    assert client.get(there)["Location"].endswith(f"/login/?next={there}")
