"""The engine that answers by the rules that staff wrote."""

from collections.abc import Iterator
from dataclasses import replace

from conversations.engine import Answer, NoAnswer, OptOut, Question
from rules.engine.answer import make_answer
from rules.engine.decision import Decision, Rules, decide, find_opt_out
from rules.models import RulesVersion
from rules.triggers import WORDLESS, trigger_of
from workqueue.snapshot import Snapshot


def _load(known: Rules | None) -> Rules:
    """Look at the version; read the rules only when it has been raised."""
    version = RulesVersion.read()
    if known is not None and known.version == version:
        return known
    return Rules.saved(version)


# One per process: the rules are read once for all threads.
_rules = Snapshot(_load)


def current() -> Rules:
    """Return the active rules, at most half a second old."""
    return _rules.get()


def saved() -> Rules:
    """Return the active rules as they are saved now; read only where they have changed."""
    version = RulesVersion.read()
    if _rules.get().version != version:
        _rules.forget()
    known = _rules.get()
    return known if known.version == version else Rules.saved(version)


def consider(rules: Rules, question: Question) -> tuple[Decision, Answer | NoAnswer]:
    """Decide a question by these rules; return the decision and the answer that follows from it."""
    decision, read_as = decide_with_attached(rules, question)
    return decision, make_answer(decision, rules, read_as)


def decide_with_attached(rules: Rules, question: Question) -> tuple[Decision, Question]:
    """Decide a question by its text, else by what came with it; return what it was read as, too."""
    decision = decide(rules, question)
    for attached in _read_attached(question) if not _is_understood(decision) else ():
        found = decide(rules, attached)
        if _is_understood(found):
            return found, attached
    return decision, question


def _is_understood(decision: Decision) -> bool:
    """Tell whether a rule answers that is for this, and not for just anything."""
    return decision.match is not None and decision.match.length > 0


def _read_attached(question: Question) -> Iterator[Question]:
    """Return what came with a text, as if it had come without: a photo of which "this" says little.

    Also a sticker that came as an image.
    """
    if question.opted_out or question.payload:
        return
    for kind in dict.fromkeys(question.attachments):
        if kind != question.kind and trigger_of(kind) in WORDLESS:
            yield replace(question, kind=kind, text="", attachments=())


class RuleEngine:
    def answer(self, question: Question) -> Answer | NoAnswer:
        return consider(current(), question)[1]

    def opt_out(self, question: Question) -> OptOut | None:
        return find_opt_out(current(), question)
