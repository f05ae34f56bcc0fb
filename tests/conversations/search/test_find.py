"""Staff and the API find the same conversations, in the same order, on either database."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations import search
from conversations.composer import notes
from conversations.models import Conversation, Label, Message
from conversations.search import Words, hits, upkeep
from tests.support.talks import ask, make_conversation, say

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def found(asked: str, **how: Any) -> list[str]:
    pks = search.find(Words(asked), **how)
    names = dict(Conversation.objects.in_bulk(pks))
    return [names[pk].username for pk in pks]


@pytest.fixture(params=["newest rows", "index"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Hits come from the newest rows, or, where these are not enough, from the index."""
    if request.param == "index":
        monkeypatch.setattr(hits, "NEWEST_READ", 0)
    return str(request.param)


# A text, what is typed to find it, and what does not find it.
LANGUAGES = [
    ("Where is my parcel #9001?", ["PARCEL", "9001", "#9001", "my parc", "is where"], ["arcel", "901"]),
    ("Ich hätte gern die Größe 38, Straße 5", ["grosse", "GRÖSSE 38", "strasse", "hatte"], ["rosse"]),
    ("Je voudrais l’article déjà vu, ça va?", ["article", "l'article", "deja", "ca va"], ["rticle"]),
    ("¿Cuándo llegará mi niño? Ömür ışık İZMİR", ["cuando", "nino", "isik", "izmir"], ["uando"]),
    ("Где мой заказ? Ещё не пришёл, м’який", ["ЗАКАЗ", "еще", "пришел", "м'який"], ["аказ", "мои"]),
    ("Πού είναι η οδός μου;", ["ΟΔΟΣ", "που", "ειναι"], ["δος"]),
    ("أين طلبيتي؟ شُكْرًا ٩٠٠١", ["شكرا", "طلبيتي", "اين", "9001", "أين"], ["لبيتي"]),
    ("\u202bאיפה ההזמנה שלי, שָׁלוֹם\u202c", ["שלום", "ההזמנה", "איפה ההז"], ["הזמנה"]),
    ("मेरा ऑर्डर कहाँ है", ["ऑर्डर", "मेरा", "कहाँ"], ["र्डर"]),
    ("iPhone用ケースはありますか。日本語", ["ケース", "iphone", "iPhone用", "語", "日本", "あり"], ["日語", "hone"]),
    ("我想退货，谢谢", ["退货", "我", "谢谢", "谢", "想退"], ["退谢"]),
    ("ราคาเท่าไหร่คะ", ["ราคา", "เท่าไหร่", "คะ"], ["คารา"]),
    ("가격이 얼마예요? 배송은", ["가격", "얼마", "격이", "배", "가"], ["가이"]),
    ("I ❤️ this 🔥 from @carlos.m_92, +49 170 123", ["❤", "🔥", "carlos.m", "@carlos.m_92", "170/123"], ["💙"]),
    ("\u200babc\u0000def".replace("\0", " "), ["abc", "def"], ["abcdef"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "asked", "others"), LANGUAGES)
def test_a_text_is_found_in_its_language(
    text: str, asked: list[str], others: list[str], way: str
) -> None:
    ask(make_conversation("mia"), text)
    ask(make_conversation("other"), "nothing of this kind")
    assert {one: found(one) for one in asked} == {one: ["mia"] for one in asked}
    assert {one: found(one) for one in others} == {one: [] for one in others}
    assert found(text) == ["mia"]


@pytest.mark.parametrize(
    "asked",
    [
        '"is it"', "is OR it", "is AND it", "NOT is", "NEAR(is it)", "is*", "*", "is:*", "is & !it",
        "(is | it)", "search_text:is", "^is", "is'; --", "\\", "%", "_", "''", "-is", "{a}: is",
        "is\0it", "is <-> it", "👨‍👩‍👧", "\ud800", "x" * 5000, "是" * 3000, "a " * 3000,
    ],
)  # fmt: skip
def test_signs_of_a_query_language_are_signs_like_others(asked: str, way: str) -> None:
    ask(make_conversation("mia"), "is it or and not near is")
    assert found(asked) in ([], ["mia"])


def test_punctuation_alone_finds_nothing() -> None:
    ask(make_conversation("mia"), "?!")
    assert found("?") == found(" ") == found("") == []


def test_every_word_must_be_in_one_message(way: str) -> None:
    mia, ben = make_conversation("mia"), make_conversation("ben")
    ask(mia, "red bag")
    ask(ben, "red")
    ask(ben, "bag")
    assert found("red bag") == ["mia"]
    assert found("red ba") == ["mia"]
    assert found("re bag") == []


def test_the_newest_hit_comes_first(way: str) -> None:
    talks = [make_conversation(name) for name in ("mia", "ben", "eve")]
    for talk in [*talks, talks[0]]:
        ask(talk, "where is it?", at=timezone.now() - HOUR)
    assert found("where") == ["mia", "eve", "ben"]
    assert found("where", most=2) == ["mia", "eve"]


def test_customers_come_before_those_who_speak_of_them(way: str) -> None:
    now = timezone.now()
    ask(make_conversation("ben", last_inbound_at=now), "is carlos there?")
    make_conversation("shop2", name="Carlos Ruiz", last_inbound_at=now - HOUR)
    make_conversation("carlos.m", last_inbound_at=now - 2 * HOUR)
    labelled = make_conversation("lia", last_inbound_at=now - 3 * HOUR)
    labelled.labels.add(Label.objects.named("from Carlos"))
    assert found("carlos") == ["shop2", "carlos.m", "lia", "ben"]
    upkeep.catch_up()
    assert found("carlos") == ["shop2", "carlos.m", "lia", "ben"]
    assert found("carlos ru") == ["shop2"]
    assert found("lia from") == ["lia"]
    assert found("id-of-lia") == ["lia"]


def test_equal_times_have_one_order() -> None:
    now = timezone.now()
    for name in ("a", "b", "c"):
        make_conversation(name, name="Kim", last_inbound_at=now)
    assert found("kim") == ["c", "b", "a"]


def test_many_who_are_called_so_are_found_in_the_same_order(
    monkeypatch: pytest.MonkeyPatch, django_user_model: Any
) -> None:
    now = timezone.now()
    for number in range(5):
        make_conversation(f"m{number}", name="Kim", last_inbound_at=now - number * HOUR)
    writer = django_user_model.objects.create_user("anna", is_staff=True)
    noted = make_conversation("noted", last_inbound_at=now + HOUR)
    notes.write(noted.pk, writer, "Friend of Kim", "", now)
    upkeep.catch_up()
    expected = ["noted", "m0", "m1", "m2", "m3", "m4"]
    assert found("kim") == expected
    monkeypatch.setattr(hits, "MANY_NAMED", 2)
    assert found("kim") == expected
    assert found("kim", most=3) == expected[:3]


def test_a_note_is_found_until_it_is_deleted(django_user_model: Any) -> None:
    writer = django_user_model.objects.create_user("anna", is_staff=True)
    talk = make_conversation("mia")
    note = notes.write(talk.pk, writer, "Wants a refund by post", "", timezone.now())
    assert note is not None
    assert found("refund") == ["mia"]
    notes.delete(note.pk, writer)
    assert found("refund") == []


def test_the_list_that_is_narrowed_has_no_others(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mia", "ben", "mila"):
        ask(make_conversation(name), "hello from mila")
    narrowed = Conversation.objects.filter(username__startswith="mi")
    expected = ["mila", "mia"]
    assert found("mila", narrowed=narrowed) == expected
    upkeep.catch_up()
    assert found("mila", narrowed=narrowed) == expected
    assert found("hello", narrowed=narrowed) == expected
    monkeypatch.setattr(hits, "FEW", 1)
    assert found("hello", narrowed=narrowed) == expected


def test_hits_say_where_and_how_many(django_user_model: Any) -> None:
    talk, other = make_conversation("mia"), make_conversation("ben", name="Parcel Ben")
    ask(talk, "my parcel")
    last = say(talk, "Your parcel is here.")
    ask(talk, "thanks")
    assert search.read_hits(Words("parcel"), [talk.pk, other.pk]) == {
        talk.pk: search.Hit(talk.pk, last.pk, 2, None),
        other.pk: search.Hit(other.pk),
    }


def test_a_long_text_is_found_by_its_beginning() -> None:
    message = ask(make_conversation("mia"), "begin " + "word " * 800_000 + "end")
    assert found("begin") == ["mia"]
    assert found("end") == []
    assert len(Message.objects.get(pk=message.pk).search_text or "") <= 10_000
