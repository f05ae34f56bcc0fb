import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from instagram.content import Cards, Content, Media
from rules import engine
from rules.checks.trial import YEARS, Outcome, Trial, attempt
from rules.triggers import Trigger
from shop.current import current_shop


class Command(BaseCommand):
    help = (
        "Try a message against the rules: who answers, why the others do not, and what is said."
        " Nothing is sent. Exit code 1: no rule answers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="what a customer would write")
        parser.add_argument(
            "--event", dest="trigger", choices=list(Trigger), default=Trigger.MESSAGE
        )
        parser.add_argument("--at", help="when, by the shop's clock: '2026-12-24 23:00' (now)")
        parser.add_argument(
            "--known", action="store_true", help="the customer was written to before"
        )
        parser.add_argument("--name", default="", help="what the customer is called")
        parser.add_argument("--username", default="", help="without the @")
        parser.add_argument("--referral", default="", help="the ref or ad the customer came from")

    def handle(self, *_: Any, text: str, trigger: str, **options: Any) -> None:
        trial = Trial(
            text,
            _moment(options["at"]),
            Trigger(trigger),
            is_new=not options["known"],
            name=options["name"],
            username=options["username"],
            referral=options["referral"],
        )
        outcome = attempt(trial, engine.current())
        for line in _lines(outcome):
            self.stdout.write(line)
        if not outcome.answers:
            sys.exit(1)


def _moment(said: str | None) -> datetime:
    if said is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise CommandError(f"--at {said!r} is no time. Write it like '2026-12-24 23:00'.") from None
    if moment.year not in YEARS:
        raise CommandError(f"--at {said!r}: the year is not from {YEARS[0]} to {YEARS[-1]}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=current_shop().zone)


def _lines(outcome: Outcome) -> list[str]:
    message = "".join(f"[{text}]" if found else text for text, found in outcome.pieces)
    lines = [message, "", f"{outcome.winner or 'No rule'}: {outcome.reason}"]
    if outcome.first_words:
        lines.append(f"  > {outcome.first_words}")
    for bubble in outcome.bubbles:
        about = ", ".join(filter(None, [bubble.measure, bubble.part and f"part {bubble.part}"]))
        lines.append(f"  > {_said(bubble.said)}{f' ({about})' if about else ''}")
    if outcome.public_reply:
        lines.append(f"  > below the comment: {outcome.public_reply}")
    if answer := outcome.answer:
        if answer.needs_person:
            lines.append("  then asks for a person")
        if answer.pause_hours:
            lines.append(f"  then pauses the bot for {answer.pause_hours:g} h")
        if answer.label:
            lines.append(f"  then labels the conversation '{answer.label}'")
    if outcome.losers:
        lines += ["", "Why not"]
        lines += [f"  {loser.rule}: {loser.why}" for loser in outcome.losers]
    return [*lines, "", f"None of the words of {len(outcome.others)} other rules is in it."]


def _said(content: Content) -> str:
    if isinstance(content, Media):
        return f"[{content.kind}: {content.url}]"
    if isinstance(content, Cards):
        return f"[cards: {', '.join(card.title for card in content.cards)}]"
    return content.text
