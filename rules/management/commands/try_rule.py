import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conversations.engine import OptOut
from instagram.content import Cards, Content, Media
from rules import engine
from rules.checks.trial import YEARS, Trial, TrialResult, run_trial
from rules.triggers import Trigger
from shop.current import current_shop


class Command(BaseCommand):
    help = (
        "Try a message against the rules: which one answers and what it says, and why the others do"
        " not. Nothing is sent. Exit code 1: no rule answers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "text", nargs="?", default="", help="what a customer would write; a photo has none"
        )
        parser.add_argument(
            "--event",
            dest="trigger",
            choices=[one.value for one in Trigger],
            default=Trigger.MESSAGE.value,
            help="what the customer does; default: message",
        )
        parser.add_argument(
            "--at", help="when, by the shop's clock: '2026-12-24 23:00'; default: now"
        )
        parser.add_argument("--opted-out", action="store_true", help="the customer wrote STOP")
        parser.add_argument("--known", action="store_true", help="the customer is not new")
        parser.add_argument("--name", default="", help="the customer's name")
        parser.add_argument("--username", default="", help="without the @")
        parser.add_argument(
            "--referral", default="", help="the ref of the link or the id of the ad"
        )
        parser.add_argument(
            "--account", default="", help="the Instagram ID of the account; default: any"
        )

    def handle(self, *_: Any, text: str, trigger: str, **options: Any) -> None:
        trial = Trial(
            text,
            _read_time(options["at"]),
            Trigger(trigger),
            is_new=not options["known"],
            name=options["name"],
            username=options["username"],
            referral=options["referral"],
            opted_out=options["opted_out"],
            account=options["account"],
        )
        result = run_trial(trial, engine.current())
        for line in _describe(result):
            self.stdout.write(line)
        if not result.answers:
            sys.exit(1)


def _read_time(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"--at {text!r} is not a time. Write it like '2026-12-24 23:00'."
        ) from None
    if moment.year not in YEARS:
        raise CommandError(f"--at {text!r}: the year must be from {YEARS[0]} to {YEARS[-1]}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=current_shop().zone)


def _describe(result: TrialResult) -> list[str]:
    message = "".join(f"[{text}]" if is_marked else text for text, is_marked in result.pieces)
    rules = " and ".join(map(str, [result.winner or "No rule", *result.also]))
    lines = [message, "", f"{rules}: {result.reason}"]
    if result.first_words:
        lines.append(f"  > {result.first_words}")
    for bubble in result.bubbles:
        about = ", ".join(filter(None, [bubble.measure, bubble.part and f"part {bubble.part}"]))
        lines.append(f"  > {_describe_content(bubble.said)}{f' ({about})' if about else ''}")
    if result.public_reply:
        lines.append(f"  > below the comment: {result.public_reply}")
    if then := result.afterwards:
        if then.needs_person:
            lines.append("  then asks for a person")
        if result.answer and result.answer.opt_out == OptOut.STOP:
            lines.append("  then is silent for this customer")
        if then.pause_hours:
            lines.append(f"  then pauses the bot for {then.pause_hours:g} h")
        lines += [f"  then labels the conversation '{label}'" for label in then.labels]
    if result.losers:
        lines += ["", "Why not the others"]
        lines += [f"  {loser.rule}: {loser.why}" for loser in result.losers]
    return [*lines, "", f"{len(result.others)} other rules have none of their words in it."]


def _describe_content(content: Content) -> str:
    if isinstance(content, Media):
        return f"[{content.kind}: {content.url}]"
    if isinstance(content, Cards):
        return f"[cards: {', '.join(card.title for card in content.cards)}]"
    return content.text
