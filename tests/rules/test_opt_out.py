"""The rules by which customers opt out and in again: sound, and refused where they would not be."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rules import opt_out
from rules.matching import Listener, Matcher, MatchMode
from rules.models import ResponseRule, RuleChange

STOP: dict[str, Any] = {
    "name": "Stop", "match": "exact", "keywords": "stop", "reply": "Bye.", "opt_out": "stop"
}  # fmt: skip


@pytest.mark.django_db
def test_they_are_added_once_with_their_history() -> None:
    added = opt_out.add_rules(by="anna")
    for rule in added:
        rule.full_clean()
    assert [rule.opt_out for rule in added] == ["stop", "start"]
    assert set(RuleChange.objects.values_list("by", flat=True)) == {"anna"}
    assert opt_out.add_rules(by="ben") == []
    assert not opt_out.is_missing(ResponseRule.objects.active())
    ResponseRule.objects.update(active=False)
    assert opt_out.is_missing(ResponseRule.objects.active())
    assert opt_out.add_rules(by="ben") == [], "staff have switched them off"


def test_no_word_means_both() -> None:
    stop, start = (set(rule["keywords"].splitlines()) for rule in opt_out.RULES)
    matcher = Matcher([Listener(1, 1, MatchMode.EXACT, tuple(stop))])
    assert [word for word in start if matcher.find(word)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("match", "words"),
        ("match", "contains"),
        ("match", "everything"),
        ("for_comments", True),
        ("for_story_mentions", True),
        ("for_photos", True),
        ("never", "bus"),
        ("typos", 1),
        ("hours", "inside"),
        ("first_day", "2026-11-01"),
        ("last_day", "2026-11-01"),
        ("only_new", True),
        ("once_in_hours", 2),
        ("referral", "autumn"),
        ("opt_out", "perhaps"),
    ],
)
def test_customers_can_always_opt_out_and_never_unawares(field: str, value: Any) -> None:
    ResponseRule(**STOP).full_clean()
    ResponseRule(**STOP | {"opt_out": "start"}).full_clean()
    with pytest.raises(ValidationError) as refused:
        ResponseRule(**STOP | {field: value}).full_clean()
    assert field in refused.value.message_dict


# What customers answer to a shop's questions: none of it is a wish to hear no more.
@pytest.mark.parametrize(
    "text",
    [
        "alto", "seis", "para", "pare", "acha", "basta", "cancel", "end", "no", "nein", "non",
        "нет",        "later", "enough", "хватит", "off", "delete", "remove", "exit",
        "no gracias", "ok", "baixa",
        "arrête 😂", "stop it", "stop!!! so pretty", "cancelar", "annuler", "iptal", "отмена",
    ],
)  # fmt: skip
def test_an_answer_is_no_opt_out(text: str) -> None:
    words = tuple(opt_out.RULES[0]["keywords"].splitlines())
    matcher = Matcher([Listener(1, 1, MatchMode.EXACT, words, is_command=True)])
    assert matcher.find(text) == []
