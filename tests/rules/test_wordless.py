"""Rules for what has no text: photos, videos, voice notes, files, shared posts, stickers."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message
from rules.checks.replay import UNSAVED, SavedRules, ask_again, replay
from rules.checks.shadows import find_winners
from rules.checks.trial import Trial, run_trial
from rules.engine.decision import Rules
from rules.models import ResponseRule, RulesVersion
from rules.triggers import WORDLESS, Trigger
from tests.support.shop import Shop, incoming
from tests.support.talks import ask, comment, make_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# What Meta calls it, and the switch of a rule.
KINDS = [
    ("image", "for_photos"),
    ("ephemeral", "for_photos"),
    ("video", "for_videos"),
    ("audio", "for_voice_notes"),
    ("file", "for_files"),
    ("share", "for_shared_posts"),
    ("ig_post", "for_shared_posts"),
    ("ig_reel", "for_shared_posts"),
    ("reel", "for_shared_posts"),
    ("ig_story", "for_shared_posts"),
    ("like_heart", "for_stickers"),
    ("sticker", "for_stickers"),
]
SWITCHES = sorted({switch for _, switch in KINDS})
NOTHING = dict.fromkeys(("for_messages", "for_story_replies", "for_buttons"), False)


def sends(shop: Shop, kind: str, **more: Any) -> list[str]:
    """A customer sends something without a text; return what is answered."""
    before = len(shop.texts)
    attachment = {"type": kind, "payload": {"url": f"https://cdn.example/{kind}"}}
    number = len(incoming())
    shop.hears_item({"message": {"mid": f"m-{number}", "attachments": [attachment], **more}})
    shop.works()
    return shop.texts[before:]


def make_rule(name: str = "Media", *switches: str, **fields: Any) -> ResponseRule:
    chosen = dict.fromkeys(switches, True)
    return ResponseRule.objects.create(
        **{"name": name, "order": 50, "reply": f"{name}.", **NOTHING} | chosen | fields
    )


@pytest.mark.parametrize(("kind", "switch"), KINDS)
def test_a_rule_is_for_what_staff_choose(shop: Shop, kind: str, switch: str) -> None:
    make_rule("Media", switch)
    assert sends(shop, kind) == ["Media."]
    assert incoming()[-1].reason.endswith("in rule Media")
    shop.hears("what is this?")
    shop.works()
    assert shop.texts[-1] == "Pardon?", "a text is not for it"


@pytest.mark.parametrize(("kind", "switch"), KINDS)
def test_the_other_switches_are_not_for_it(shop: Shop, kind: str, switch: str) -> None:
    make_rule("Media", *(other for other in SWITCHES if other != switch))
    assert sends(shop, kind) == ["Pardon?"]


@pytest.mark.parametrize("kind", ["hologram", "location"])
def test_what_nobody_can_choose_goes_to_what_matches_anything(shop: Shop, kind: str) -> None:
    make_rule("Media", *SWITCHES)
    assert sends(shop, kind) == ["Pardon?"]


def test_a_rule_with_words_answers_both(shop: Shop) -> None:
    make_rule("Coat", keywords="coat", for_messages=True, for_photos=True)
    assert sends(shop, "image") == ["Coat."]
    shop.hears("the red coat")
    shop.works()
    assert shop.texts[-1] == "Coat."
    assert sends(shop, "video") == ["Pardon?"]


def test_a_photo_with_a_text_is_a_message(shop: Shop) -> None:
    make_rule(for_photos=True)
    assert sends(shop, "image", text="price?") == ["Ten euros."]


@pytest.mark.parametrize(
    ("everything", "media", "said"), [(50, 50, "Media."), (49, 50, "All."), (51, 50, "Media.")]
)
def test_it_comes_before_what_matches_anything_at_the_same_place(
    shop: Shop, everything: int, media: int, said: str
) -> None:
    make_rule("All", order=everything, match="everything", for_messages=True)
    make_rule(order=media, for_photos=True)
    assert sends(shop, "image") == [said]
    rules = Rules.of(ResponseRule.objects.active())
    hidden = find_winners(ResponseRule.objects.get(name="Media"), rules)
    assert not any(hidden.values()) or said == "All."


def test_its_conditions_hold(shop: Shop) -> None:
    make_rule(for_photos=True, once_in_hours=1)
    assert sends(shop, "image") == ["Media."]
    assert sends(shop, "image") == ["Pardon?"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"for_photos": True}, ""),
        ({"for_photos": True, "match": "everything"}, ""),
        ({"for_photos": True, "match": "all"}, ""),
        ({"for_photos": True, "for_messages": True}, "keywords"),
        ({"for_photos": True, "for_messages": True, "keywords": "coat"}, ""),
        ({}, "for_messages"),
        (
            {"for_photos": True, "keywords": "stop", "match": "exact", "opt_out": "stop"},
            "for_photos",
        ),
    ],
)
def test_it_needs_no_words(fields: dict[str, Any], problem: str) -> None:
    rule = ResponseRule(**{"name": "x", "reply": "x", **NOTHING} | fields)
    if not problem:
        rule.full_clean()
        return
    with pytest.raises(ValidationError) as refused:
        rule.full_clean()
    assert problem in refused.value.message_dict


@pytest.mark.parametrize("trigger", sorted(WORDLESS))
def test_a_trial_plays_it(trigger: Trigger, staff: Client) -> None:
    switch = f"for_{trigger}s"
    rule = make_rule("Media", switch, reply="Seen {matched_word|it}.")
    result = run_trial(
        Trial("coat", timezone.now(), trigger), Rules.of(ResponseRule.objects.active())
    )
    assert result.winner == rule
    assert [bubble.text for bubble in result.bubbles] == ["Seen it."]
    page = staff.post(
        "/admin/rules/responserule/try/", {"try-trigger": trigger, "try-customer": "new"}
    )
    assert "Seen it." in page.content.decode()


def test_a_replay_counts_it() -> None:
    _is_counted(ask(make_conversation("mia"), "", kind="image"))


@pytest.mark.parametrize("text", ["👍", "here it is", "xyzzy"])
def test_a_replay_counts_it_with_a_caption(text: str) -> None:
    attachments = [{"type": "image", "payload": {"url": "https://cdn.example/photo"}}]
    _is_counted(ask(make_conversation("mia"), text, attachments=attachments))


def _is_counted(message: Message) -> None:
    rule = make_rule(for_photos=True)
    rule.pk = UNSAVED
    before, after = Rules.of([]), Rules.of([rule])
    assert replay(SavedRules(before), after, rule.pk, ask_again([message])).after == 1


@pytest.fixture
def seeded(shop: Shop) -> Shop:
    ResponseRule.objects.all().delete()
    RulesVersion.objects.all().delete()
    call_command("seed_rules", verbosity=0)
    return shop


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_the_seeded_shop_takes_what_has_no_text(seeded: Shop, kind: str) -> None:
    (said,) = sends(seeded, kind)
    assert "didn't understand" not in said
    is_sticker = kind in ("sticker", "like_heart")
    assert Conversation.objects.get().needs_person != is_sticker


def test_the_seeded_shop_asks_for_a_photo_and_takes_it(seeded: Shop) -> None:
    seeded.hears("how much is the coat?")
    seeded.works()
    assert "Send us its name or a photo" in seeded.texts[-1]
    (said,) = sends(seeded, "image")
    assert said.startswith("Thank you, we have got it!")


@pytest.mark.parametrize("text", ["👍", "here it is", "xyzzy"])
def test_the_seeded_shop_takes_a_photo_with_a_caption(seeded: Shop, text: str) -> None:
    (said,) = sends(seeded, "image", text=text)
    assert said.startswith("Thank you, we have got it!")
    assert Conversation.objects.get().needs_person


def test_a_photo_as_a_story_reply_is_a_photo(shop: Shop) -> None:
    make_rule(for_photos=True)
    story = {"story": {"id": "1", "url": "https://cdn.example/story"}}
    assert sends(shop, "image", reply_to=story) == ["Media."]


def test_an_image_that_is_a_sticker_is_a_sticker(shop: Shop) -> None:
    make_rule("Photo", "for_photos")
    make_rule("Sticker", "for_stickers")
    assert sends(shop, "image", sticker_id=369) == ["Sticker."]
    assert incoming()[-1].reason == "matched stickers in rule Sticker"


@pytest.mark.parametrize("text", ["how much?", "beautiful 😍", "🔥🔥", "my parcel has not arrived"])
def test_every_comment_of_the_seeded_shop_is_answered_or_marked(seeded: Shop, text: str) -> None:
    comment(seeded, text)
    assert incoming()[-1].verdict == "answered"
    assert len(seeded.texts) >= 1


def test_a_mention_of_the_seeded_shop_is_answered_and_marked(seeded: Shop) -> None:
    (said,) = sends(seeded, "story_mention")
    assert said.startswith("Thank you for mentioning us")
    assert Conversation.objects.get().needs_person


def test_why_does_not_speak_of_rules_for_something_else(seeded: Shop) -> None:
    seeded.hears("hello")
    seeded.works()
    assert "lost" not in incoming()[-1].why
