"""Questions without an answer, grouped by what they share."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from conversations.models import Conversation, Message, Verdict
from rules.matching import Listener, Matcher, MatchMode
from rules.models import MAX_PHRASE, DismissedGroup, RulesVersion
from rules.unanswered.groups import Group, Grouping, group
from rules.unanswered.phrases import Phrase, collect_texts
from rules.unanswered.report import Report, dismiss, make_report, suggest_keyword
from tests.rules.admin.forms import make_rule
from tests.support.talks import ask, make_conversation, queries
from workqueue.snapshot import Snapshot

ANSWERED = [
    f"do you have the {word}shirt in my size, please" for word in "abcdefghijklmnopqrstuvwxyz"
]


def asked(*texts: str) -> list[Message]:
    """Each by another customer, the newest first."""
    return [
        Message(pk=pk, conversation_id=pk, text=text)
        for pk, text in zip(range(len(texts), 0, -1), texts, strict=True)
    ]


def grouped(
    texts: Sequence[str], answered: Sequence[str] = (), dismissed: Sequence[str] = ()
) -> str:
    """The suggested words of each group with its customers, and the single messages."""
    found = group(collect_texts(asked(*texts)), answered, map(Phrase, dismissed))
    groups = [f"{suggest_keyword(one)} {one.customers}" for one in found.groups]
    return "; ".join([*groups, *(one.messages[0].text for one in found.single)])


@pytest.mark.table
@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Gift card?", "a gift card please", "gift cards"], "gift 3"),
        (["Gift card?", "a Gift card please", "Lost!"], "Gift card 2; Lost!"),
        (["Do you ship to Malta?", "shipping Malta", "to MALTA"], "Malta 3"),
        (["Do you repair zips", "Can zips be repaired", "hello there"], "zips 2; hello there"),
        (["hi", "Hi!", "HI 👋", "Hi"], "hi 4"),
        (["❤️", "❤️", "❤", "nice ❤️"], "❤️ 3; nice ❤️"),
        (["?", "??", "!"], "? 2; !"),
        (["e-mail?", "your e-mail please", "email"], "e-mail 3"),
        (["Habt ihr Gutscheine?", "Gutscheine bitte", "Wo seid ihr"], "Gutscheine 2; Wo seid ihr"),
        (["Größe XL?", "GROSSE XL bitte"], "Größe XL 2"),
        (["¿Hay tarjeta regalo?", "una Tarjeta Regalo por favor"], "tarjeta regalo 2"),
        (["carte cadeau ?", "Avez-vous une carte cadeau"], "carte cadeau 2"),
        (["Есть сертификат?", "подарочный сертификат", "спасибо"], "сертификат 2; спасибо"),
        (["hediye kartı var mı", "HEDİYE KARTI"], "hediye kartı 2"),
        (["هل عندكم بطاقة هدية", "بطاقة هدية من فضلك"], "بطاقة هدية 2"),
        (["יש גיפט קארד?", "גיפט קארד בבקשה"], "גיפט קארד 2"),
        (["क्या गिफ्ट कार्ड है", "गिफ्ट कार्ड चाहिए"], "गिफ्ट कार्ड 2"),
        (["기프트 카드 있어요?", "기프트 카드 주세요"], "기프트 카드 2"),
        (["礼品卡有吗？", "你们卖礼品卡吗", "谢谢"], "礼品卡 2; 谢谢"),
        (["ギフトカードはありますか", "このギフトカードください"], "ギフトカード 2"),
        (["มีบัตรของขวัญไหม", "อยากได้บัตรของขวัญ"], "บัตรของขวัญ 2"),
        (["iPhone手机壳", "有手机壳吗 iphone"], "手机壳 2"),
    ],
)
def test_questions_are_grouped_by_what_they_share(texts: list[str], expected: str) -> None:
    assert grouped(texts) == expected


def test_what_answered_messages_share_as_well_says_nothing() -> None:
    topics = ["gift card", "repair", "wholesale"]
    texts = [f"do you have the {topic} {n}" for topic in topics for n in "xyz"]
    assert grouped(texts, ANSWERED) == "gift card 3; repair 3; wholesale 3"
    assert grouped(texts) == "gift card 3; repair 3; wholesale 3", "a list tells what is common"


SMALL_SHOP = [
    "do you take klarna?", "can I pay with Klarna", "do you ship to Malta", "is it in stock",
    "where are you", "do you have it in red", "can you wrap it as a gift", "gift wrapping?",
    "is the blue one in stock", "do you have this", "in green?", "what is it made of",
    "where is it", "can you call me", "how are you", "is it you", "do you do it in wool",
    "malta delivery?", "you there?", "it is not in the list", "where do you make it",
    "do it in pink", "is this wool", "you have what?", "it was in the story",
]  # fmt: skip


def test_few_customers_give_groups_that_say_something() -> None:
    """25 customers: no word is in so many messages that they would tell that it is common."""
    found = group(collect_texts(asked(*SMALL_SHOP)))
    words = [suggest_keyword(one).lower() for one in found.groups]
    assert {"klarna", "malta", "gift", "wool"} <= set(words)
    assert not set(words) & {"you", "in", "it", "where", "do you", "is it", "do", "it in"}
    first = words.index("klarna"), words.index("stock")
    assert first[0] < first[1], "those first that say most"


@pytest.mark.parametrize(
    "texts",
    [
        ["do you", "you do it", "is it you"],
        ["wo ist das", "habt ihr das"],
        ["чи є це", "де це"],
        ["où est le", "avec le"],
        ["es la que", "para la"],
    ],
)
def test_common_words_alone_are_no_group(texts: list[str]) -> None:
    assert not group(collect_texts(asked(*texts))).groups


def test_each_example_is_of_a_customer_who_is_in_none_before() -> None:
    texts = ["gift one", "gift two", "gift three"]
    messages = [Message(pk=pk, conversation_id=1, text=text) for pk, text in enumerate(texts)]
    messages.append(Message(pk=9, conversation_id=2, text="a gift"))
    one = group(collect_texts(messages)).groups[0]
    assert [text.messages[0].text for text in one.examples(5)] == ["gift one", "a gift"]


def test_what_only_the_unanswered_share_may_be_in_most_of_them() -> None:
    texts = [f"giveaway {word}" for word in ANSWERED]
    assert grouped(texts, ANSWERED) == "giveaway 26"


def test_among_many_the_most_common_words_say_nothing() -> None:
    topics = [f"topic{n}" for n in range(30)]
    texts = [f"have you {topic} {n}" for n in range(4) for topic in topics]
    found = group(collect_texts(asked(*texts)))
    assert {one.phrase.text for one in found.groups} == set(topics)


def test_neither_one_customer_nor_equal_messages_make_a_word_common() -> None:
    texts = ["a gift card", "Gift card?", "price please", *["price?"] * 40]
    messages = asked(*texts)
    messages += [Message(pk=0, conversation_id=99, text=f"gift {n}") for n in range(40)]
    found = group(collect_texts(messages))
    assert [(one.phrase.text, one.customers) for one in found.groups] == [
        ("price", 41),
        ("gift", 3),
    ]


def test_common_words_make_a_group_of_those_who_wrote_nothing_else() -> None:
    found = group(collect_texts(asked("do you have the", "Do you have the?", "have")), ANSWERED)
    assert [one.phrase for one in found.groups] == [Phrase("do you have the", whole=True)]
    assert [one.messages[0].text for one in found.single] == ["have"]


def test_one_customer_makes_no_group() -> None:
    texts = ("gift card", "gift card", "a gift card?")
    messages = [Message(pk=pk, conversation_id=1, text=text) for pk, text in enumerate(texts)]
    found = group(collect_texts(messages))
    assert not found.groups
    assert [len(one.messages) for one in found.single] == [2, 1]


def test_a_group_shows_first_what_was_asked_most_often() -> None:
    messages = [*asked("gift card please", "Gift Card", "gift card!", "GIFT CARD")]
    messages.append(Message(pk=9, conversation_id=1, text="gift card"))
    one = group(collect_texts(messages)).groups[0]
    assert [len(question.messages) for question in one.texts] == [4, 1]
    assert (one.customers, len(one.messages)) == (4, 5)
    assert one.texts[0].messages[0].text == "Gift Card", "the newest stands for all"


def test_groups_do_not_depend_on_the_order_of_the_messages() -> None:
    texts = [f"{a} {b}" for a in ("gift", "card", "size") for b in ("red", "blue", "card")]
    found = [
        sorted(
            (one.phrase.text, sorted(message.text for message in one.messages))
            for one in group(collect_texts(asked(*order))).groups
        )
        for order in (texts, texts[::-1])
    ]
    assert found[0] == found[1]


def test_what_is_set_aside_makes_no_group_but_may_belong_to_another() -> None:
    texts = ["thank you", "thank you!", "my gift card", "gift card", "thank you, gift card?"]
    assert grouped(texts) == "gift card 3; thank 2"
    assert grouped(texts, dismissed=["thank you"]) == "gift card 3"
    found = group(collect_texts(asked(*texts)), dismissed=[Phrase("thank you")])
    assert [message.text for message in found.dismissed[Phrase("thank you")].messages] == [
        "thank you",
        "thank you!",
    ]


def test_a_part_of_what_is_set_aside_does_not_take_it_back() -> None:
    texts = ["thank you", "thank you!!", "thank u", "thank goodness"]
    found = group(collect_texts(asked(*texts)), dismissed=[Phrase("thank you")])
    assert [one.phrase.text for one in found.groups] == ["thank"]
    assert found.groups[0].customers == 2


def test_a_whole_question_that_is_set_aside_takes_no_longer_ones_along() -> None:
    texts = ["hi", "Hi", "hi gift", "hi xl"]
    found = group(collect_texts(asked(*texts)), dismissed=[Phrase("hi", whole=True)])
    assert len(found.dismissed[Phrase("hi", whole=True)].messages) == 2
    assert not found.groups, "a greeting is no group of those who also asked something"


@pytest.mark.parametrize("word", ["you", "it", "and", "und", "где", "та", "please", "which"])
def test_a_question_that_is_one_common_word_is_no_group(word: str) -> None:
    assert not group(collect_texts(asked(word, word, f"{word}!"))).groups
    assert grouped([f"{word} klarna", f"klarna {word}", word]) == f"klarna 2; {word}"


def test_a_very_long_message_is_grouped_by_its_beginning() -> None:
    long = " ".join(f"word{n}" for n in range(2000))
    assert grouped([f"gift {long}", f"gift {long} end"]) == "word10 word11 word12 2"
    assert grouped([f"{word} {long}" for word in ("a", "b")], dismissed=["word1999"]) == ""
    late = [f"{letter * 9} " * 30 + "gift" for letter in "ab"]
    assert not group(collect_texts(asked(*late))).groups


TEXTS = st.text(st.sampled_from("ab礼品卡มา -'?❤\u200b\n"), max_size=12)
ASKED = st.lists(st.tuples(st.integers(1, 5), TEXTS), max_size=25)


def messages_of(pairs: list[tuple[int, str]]) -> list[Message]:
    numbers = count(len(pairs), -1)
    return [Message(pk=next(numbers), conversation_id=one, text=text) for one, text in pairs]


def all_of(found: Grouping) -> list[Message]:
    groups = [*found.groups, *found.dismissed.values()]
    single = [message for one in found.single for message in one.messages]
    return [message for one in groups for message in one.messages] + single


@given(ASKED, st.lists(TEXTS, max_size=30), st.lists(st.sampled_from(["a", "a b", "礼品"])))
def test_every_message_is_in_exactly_one_place(
    pairs: list[tuple[int, str]], answered: list[str], aside: list[str]
) -> None:
    messages = messages_of(pairs)
    found = group(collect_texts(messages), answered, map(Phrase, aside))
    assert sorted(message.pk for message in all_of(found)) == sorted(m.pk for m in messages)
    assert all(one.customers > 1 for one in found.groups)
    assert all(len(one.phrase.text) <= MAX_PHRASE for one in found.groups)


@given(ASKED)
@example([(1, "มมม"), (2, "มม"), (3, "มมม")])
def test_a_rule_with_the_suggested_words_finds_the_whole_group(
    pairs: list[tuple[int, str]],
) -> None:
    for one in group(collect_texts(messages_of(pairs))).groups:
        mode = MatchMode.EXACT if one.phrase.whole else MatchMode.WORDS
        matcher = Matcher([Listener(1, 1, mode, (suggest_keyword(one),))])
        for message in one.messages:
            assert matcher.find(message.text), (suggest_keyword(one), message.text)


# What is read for it.


def found() -> Report:
    return make_report(timezone.now())


def shown() -> list[tuple[str, int]]:
    return [(suggest_keyword(one), len(one.messages)) for one in found().grouping.groups]


@pytest.fixture
def gift(db: None) -> list[Conversation]:
    talks = [make_conversation(name) for name in ("maria", "olga", "kim")]
    for talk in talks:
        ask(talk, f"{talk.username}, gift card")
    return talks


def first_group() -> Group:
    return found().grouping.groups[0]


def test_only_what_no_rule_answered_lately_is_looked_at(gift: list[Conversation]) -> None:
    now = timezone.now()
    for verdict in Verdict:
        if verdict not in (Verdict.NO_ANSWER, Verdict.FALLBACK):
            ask(gift[0], "gift card", verdict=verdict)
    ask(gift[0], "gift card", at=now - timedelta(days=31))
    ask(gift[0], "gift card", unsent_at=now)
    ask(gift[0], "", kind="image")
    ask(gift[0], "the gift card", verdict=Verdict.FALLBACK)
    assert shown() == [("gift card", 4)]
    assert found().asked == 4


def test_only_the_newest_are_looked_at(
    gift: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.recent.MAX_GROUPED", 2)
    assert shown() == [("gift card", 2)]
    assert found().is_cut
    monkeypatch.setattr("rules.recent.MAX_GROUPED", 3)
    assert not found().is_cut


@pytest.mark.usefixtures("gift")
def test_what_the_rules_of_now_answer_is_counted_and_left_out() -> None:
    make_rule("Fallback", match="fallback")
    make_rule("Comments", keywords="gift card", for_messages=False, for_comments=True)
    make_rule("New customers", keywords="gift card", only_new=True)
    assert (found().asked, found().answered) == (3, 0)
    Snapshot.forget_everything()  # the rules in force are half a second old
    make_rule("Gift", keywords="gift card", never="olga", once_in_hours=5)
    assert (found().asked, found().answered) == (3, 2)
    assert not shown()


def test_a_dismissed_group_is_back_when_as_many_new_ones_came(gift: list[Conversation]) -> None:
    version = RulesVersion.read()
    dismiss(first_group(), "anna")
    assert RulesVersion.read() == version, "no rule has changed"
    row = DismissedGroup.objects.get()
    assert (row.phrase, row.whole, row.messages, row.by) == ("gift card", False, 3, "anna")
    ask(gift[0], "gift card now")
    ask(gift[1], "gift card now")
    assert not shown()
    assert len(found().grouping.dismissed[Phrase("gift card")].messages) == 5
    ask(gift[1], "gift card again")
    assert shown() == [("gift card", 6)]
    dismiss(first_group(), "olga")
    assert not shown()
    row.refresh_from_db()
    assert (row.messages, row.by) == (6, "olga")


@pytest.mark.usefixtures("gift")
def test_finding_takes_as_many_queries_for_many_as_for_few() -> None:
    few = queries(found)
    for number in range(5):
        ask(make_conversation(f"other {number}"), f"wholesale {number}")
        ask(make_conversation(f"third {number}"), "hello", verdict=Verdict.ANSWERED)
    assert queries(found) == few
