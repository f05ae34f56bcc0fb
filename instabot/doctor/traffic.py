"""Whether what we say comes back, can be read back, and is ours to say."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from django.db.models import Count
from django.utils import timezone

from backoffice.counts import counted
from conversations.account import authorization, identity
from conversations.models import Account, Conversation, Message, Origin, State, mid_of
from instabot.doctor.findings import Finding, ok, warning, wrong
from instabot.doctor.subjects import Subject, ask_each, rows, subjects
from instagram.errors import ALLOW_ACCESS
from instagram.kinds import Kind
from instagram.threads import ThreadMessage
from webhooks.mids import hash_of
from webhooks.models import WebhookEvent

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEK = 7 * DAY
NEWEST_SENDS = 20
ENOUGH_SENDS = 3
ECHOES = {"echo", "undecided echo"}
SETTLED_AFTER = 20 * MINUTE
# Apps of Meta's own (Conversation Routing).
APPS = {"263902037430900": "the Page's inbox", "1217981644879628": "Instagram's inbox"}
NOBODY_ELSE = "No other app has taken a conversation in the last 7 days."
GIVE_BACK = (
    "In the Page's settings, Instagram Conversation Routing, choose this app as default app; in"
    " Meta Business Suite turn off the Business Agent and automations. See docs/doctor.md."
)


def check_routing() -> Iterator[Finding]:
    """Whose the conversations are in which somebody wrote lately."""
    since, asked, customers = timezone.now() - WEEK, [], {}
    for subject in subjects():
        talks = Conversation.objects.filter(
            account_id=subject.account.pk, last_inbound_at__gt=since
        )
        total, elsewhere = talks.count(), talks.exclude(other_app_at=None).count()
        if not elsewhere:
            newest = talks.order_by("-last_inbound_at").values_list("customer_id", flat=True)
            asked.append(subject)
            customers[subject.account.pk] = newest.first()
            continue
        who = _name_owner(subject)
        says = subject.say(
            f"{elsewhere:,} of {total:,} conversations of the last 7 days belong to {who}: the bot"
            " is silent there."
        )
        yield (wrong if elsewhere == total else warning)(says, GIVE_BACK)
    for subject, owner, _ in ask_each(asked, partial(_find_owner, customers)):
        yield _judge_owner(subject, owner)


def _find_owner(customers: Mapping[int, str | None], subject: Subject) -> str:
    """Ask Meta whose the newest conversation is, where it can say so: of a Page's account."""
    login, customer = authorization.make_login(), customers[subject.account.pk]
    if customer is None or subject.kind is not Kind.FACEBOOK or not login.facebook.id:
        return ""
    return login.thread_owner(subject.token, subject.node, customer)


def _judge_owner(subject: Subject, owner: str | None) -> Finding:
    if not owner or owner == authorization.make_login().facebook.id:
        return ok(subject.say(NOBODY_ELSE))
    says = f"The newest conversation belongs to {_say_app(owner)}: the bot is silent there."
    return warning(subject.say(says), GIVE_BACK)


def _say_app(app: str) -> str:
    return APPS.get(app, f"another app ({app})")


def _name_owner(subject: Subject) -> str:
    """Say which app wrote where it had control, as far as Meta named it."""
    newest = Message.objects.filter(
        conversation__account=subject.account.pk, origin=Origin.APP, about__has_key="standby"
    )
    told = newest.order_by("-at").values_list("about", flat=True)[:NEWEST_SENDS]
    apps = Counter(str(about["standby"]) for about in told if about["standby"])
    if not apps:
        return "another app (perhaps Meta's Business Agent)"
    return _say_app(apps.most_common(1)[0][0])


def check_echoes() -> Iterator[Finding]:
    """Whether Meta tells us of what we sent ourselves, for each account."""
    now = timezone.now()
    active = [account for account in rows() if account.active]
    sent = _count(
        origin__in=[Origin.BOT, Origin.STAFF], state=State.SENT,
        sent_at__gt=now - DAY, sent_at__lt=now - MINUTE, at__gt=now - 2 * DAY,
    )  # fmt: skip
    enough = [account for account in active if sent[account.pk] >= ENOUGH_SENDS]
    silent = [account for account in enough if not _has_echo(account)]
    unsure = _count(state=State.UNKNOWN, called_at__lt=now - SETTLED_AFTER)
    if silent:
        count = sum(sent[account.pk] for account in silent)
        yield warning(
            f"{_say_whose(silent, active)}{counted(count, 'message was', 'messages were')} sent in"
            " the last day, and none of them came back as an echo.",
            "See the lines Webhooks and Webhook fields: echoes come with the field messages."
            " Without them nobody sees what colleagues write in the Instagram app.",
        )
    if unsure:
        count, theirs = unsure.total(), [one for one in rows() if unsure[one.pk]]
        yield warning(
            f"{_say_whose(theirs, active)}Nobody knows whether {counted(count, 'message')} arrived:"
            " neither echo nor thread told it.",
            "Look at them in the outbox, and at the line Read-back.",
        )
    if not silent and not unsure:
        well = "What we send comes back as an echo."
        yield ok(well if enough else "Too little was sent lately to tell whether echoes come.")


def _count(**which: Any) -> Counter[int]:
    """Count messages by account."""
    found = Message.objects.filter(**which).values_list("conversation__account")
    return Counter(dict(found.annotate(Count("pk")).order_by()))


def _has_echo(account: Account) -> bool:
    """Tell whether a webhook was an echo of one of its newest sends; found by the mids' hashes."""
    sent = Message.objects.filter(
        conversation__account=account, state=State.SENT, origin__in=[Origin.BOT, Origin.STAFF],
        mid__isnull=False, at__gt=timezone.now() - 2 * DAY,
    ).order_by("-at").values_list("mid", flat=True)  # fmt: skip
    hashes = [hash_of(mid_of(account.pk, key)) for key in sent[:NEWEST_SENDS]]
    events = WebhookEvent.objects.filter(pk__in=WebhookEvent.objects.about(hashes))
    told = chain.from_iterable(events.values_list("outcomes", flat=True))
    return any(one.get("outcome") in ECHOES for one in told)


def _say_whose(accounts: Sequence[Account], all_of_them: Sequence[Account]) -> str:
    return f"{', '.join(map(str, accounts))}: " if len(all_of_them) > 1 else ""


def check_read_back() -> Iterator[Finding]:
    """Read the thread of whoever wrote last, as is done for a send that nobody confirmed."""
    asked, customers = [], {}
    for subject in subjects():
        wrote = Conversation.objects.filter(
            account_id=subject.account.pk, last_inbound_at__gt=timezone.now() - DAY
        ).order_by("-last_inbound_at")
        if customer := wrote.values_list("customer_id", flat=True).first():
            asked.append(subject)
            customers[subject.account.pk] = customer
        else:
            yield ok(subject.say("Nobody has written in the last day whose thread could be read."))
    for subject, thread, trouble in ask_each(asked, partial(_read_thread, customers)):
        if trouble:
            yield trouble
        elif not thread:
            yield warning(
                subject.say("Instagram shows no messages of a customer who has just written."),
                "See that the app is live in Meta's dashboard, and that this is on in the Instagram"
                f" app: {ALLOW_ACCESS}.",
            )
        else:
            yield ok(subject.say("Threads can be read back."))


def _read_thread(customers: Mapping[int, str], subject: Subject) -> list[ThreadMessage]:
    return identity.client(subject.account).thread(customers[subject.account.pk])
