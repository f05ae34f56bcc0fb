"""What stands in braces in an answer, and what is said where it is not known."""

import pytest

from rules.wording import variables

pytestmark = pytest.mark.no_database

KNOWN = {"first_name": "Olena", "username": "olena_k", "shop_name": "Example shop"}


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        ("Hello!", "Hello!", "Hello!"),
        ("Hello {first_name}!", "Hello Olena!", "Hello!"),
        ("Hello, {first_name|there}!", "Hello, Olena!", "Hello, there!"),
        ("{first_name|Friend}, hi", "Olena, hi", "Friend, hi"),
        ("{username} is you", "olena_k is you", "is you"),
        ("At {shop_name} we", "At Example shop we", "At we"),
        ("Hi {first_name} from {shop_name}.", "Hi Olena from Example shop.", "Hi from."),
        ("a\n\n{first_name}\n\nb", "a\n\nOlena\n\nb", "a\n\n\n\nb"),
        ("{first_name}{username}", "Olenaolena_k", ""),
        ("{first_name|}", "Olena", ""),
        ("{ first_name }!", "Olena!", "!"),
        ("Hi {nonsense} {-} {{first_name}}", "Hi {-} Olena", "Hi {-}"),
        ("cost {price", "cost {price", "cost {price"),
    ],
)
def test_what_is_known_is_put_in_and_a_gap_is_closed(text: str, known: str, unknown: str) -> None:
    assert variables.fill(text, KNOWN) == known
    assert variables.fill(text, {}) == unknown
    assert variables.fill(text, dict.fromkeys(KNOWN, " ")) == unknown


def test_what_a_customer_is_called_is_never_read_as_a_variable() -> None:
    assert variables.fill("Hi {first_name}", {"first_name": "{shop_name}"}) == "Hi {shop_name}"


def test_names_that_there_are_not_are_problems_once_each() -> None:
    known = "{first_name}, {username}, {shop_name}, {opening_hours}, {matched_word}"
    said = "{first_name} {nam} {nam|x} { x } {-}"
    assert variables.find_problems(said) == [f"There is no {{nam}}; there are {known}."]


def test_what_may_be_unknown_and_has_nothing_instead_is_named_once() -> None:
    said = "{first_name} {first_name|you} {first_name} {username|} {shop_name} {matched_word}"
    assert variables.find_without_default(said) == ["first_name", "username", "matched_word"]
