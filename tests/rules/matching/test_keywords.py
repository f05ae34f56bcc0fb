"""Keywords that were pasted on one line: in the form, in a file, over the API."""

import pytest
from django.core.exceptions import ValidationError

from rules.matching.keywords import ask, find_doubtful, split_pasted
from rules.models import ResponseRule

pytestmark = pytest.mark.once

SPLIT = [
    ("refund, money back, return", ["refund", "money back", "return"]),
    ("refund,return,exchange", ["refund", "return", "exchange"]),
    ("hi, hello, hey,", ["hi", "hello", "hey"]),
    ("refund; return", ["refund", "return"]),
    ("refund;money back;", ["refund", "money back"]),
    ("refund | return", ["refund", "return"]),
    ("refund|return|exchange", ["refund", "return", "exchange"]),
    ("refund · return", ["refund", "return"]),
    ("• refund • return", ["refund", "return"]),
    ("refund / return / exchange", ["refund", "return", "exchange"]),
    ("возврат, деньги, обмен", ["возврат", "деньги", "обмен"]),
    ("استرجاع، استبدال، فلوس", ["استرجاع", "استبدال", "فلوس"]),
    ("استرجاع؛ استبدال", ["استرجاع", "استبدال"]),
    ("退款、退货、换货", ["退款", "退货", "换货"]),
    ("退款，退货，换货", ["退款", "退货", "换货"]),
    ("退款；退货", ["退款", "退货"]),
    ("返品、返金、交換", ["返品", "返金", "交換"]),
    ('"refund", "money back", "return"', ["refund", "money back", "return"]),
    ("“where is my order”, “tracking”", ["where is my order", "tracking"]),
    ("36, 37, 38", ["36", "37", "38"]),
    ("36,37,38", ["36", "37", "38"]),
    ('"hi, there", hello, hey', ['"hi, there"', "hello", "hey"]),
    ('"hi, there"; "yes, please"', ['"hi, there"', '"yes, please"']),
    ("refund\treturn\texchange", ["refund", "return", "exchange"]),
    ("hi ● hello", ["hi", "hello"]),
    ("it's, what's, that's", ["it's", "what's", "that's"]),
    ("👍 | ok", ["👍", "ok"]),
]
KEPT = [
    "where is my order",
    "1,000",
    "1,000,000",
    "37,5",
    "24/7",
    "and/or",
    "col·lecció",
    "e-mail",
    "price?",
    "refund,",
    ", refund",
    "AC/DC",
    "24/12/2026",
    "https://shop.example/a/b",
    '"hi, how are you"',
    "«да, хочу»",
]
ASKED = [
    "refund, return",
    "hi, how are you",
    "yes, please",
    "hi, how are you, please",
    "where is my order, order status, tracking",
    "MENU|PRICE",
    "refund / return",
    "refund/return/exchange",
    "S/M/L",
    "36/37/38",
    "1,000,2,000",
    "コーヒー・ティー",
    "すみません、注文した商品、届きません",
    "да, хочу",
]


@pytest.mark.no_database
@pytest.mark.parametrize(("line", "keywords"), SPLIT)
def test_what_is_surely_a_list_is_split(line: str, keywords: list[str]) -> None:
    assert split_pasted(line).splitlines() == keywords
    assert not find_doubtful(split_pasted(line))


@pytest.mark.no_database
@pytest.mark.parametrize("line", KEPT)
def test_a_phrase_stays_as_it_is(line: str) -> None:
    assert split_pasted(line) == line
    assert not find_doubtful(line)


@pytest.mark.no_database
@pytest.mark.parametrize("line", ASKED)
def test_what_may_be_either_stays_and_is_asked_about(line: str) -> None:
    assert split_pasted(line) == line
    assert find_doubtful(line) == [line]


def make_rule(**fields: str) -> ResponseRule:
    return ResponseRule(**{"name": "Returns", "keywords": "return", "reply": "Sure."} | fields)


@pytest.mark.django_db
def test_a_rule_is_checked_with_its_keywords_split() -> None:
    rule = make_rule(keywords="refund, money back, return\nexchange", never="wholesale; resale")
    rule.full_clean()
    assert rule.keyword_list() == ["refund", "money back", "return", "exchange"]
    assert rule.never_list() == ["wholesale", "resale"]


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["keywords", "never"])
def test_a_doubtful_line_is_asked_about_and_quotes_settle_it(field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make_rule(**{field: "refund, return"}).full_clean()
    assert caught.value.message_dict == {field: [ask("refund, return")]}
    make_rule(**{field: '"refund, return"'}).full_clean()


@pytest.mark.django_db
def test_a_saved_line_is_not_asked_about_again() -> None:
    rule = make_rule(keywords="hi, how are you")
    rule.save()
    rule.reply = "Fine, thanks!"
    rule.full_clean()


@pytest.mark.django_db
def test_a_regular_expression_keeps_its_bars_and_commas() -> None:
    rule = make_rule(match="regex", keywords="refund|money back|x{1,3}")
    rule.full_clean()
    assert rule.keywords == "refund|money back|x{1,3}"
