"""Each account's token: whose it is, how long it lasts, what it may do, and where it is used."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from backoffice import ages, people
from backoffice.counts import counted
from conversations.account import authorization, renewal, tokens
from conversations.models import Account, Attempt, Conversation
from instabot.doctor import graph
from instabot.doctor.findings import Finding, ok, warning, wrong
from instabot.doctor.subjects import Subject, ask_each, diagnose, rows, subjects, unreadable
from instagram import hosts, token_text, versions
from instagram.errors import GraphError, NotSentError
from instagram.kinds import TITLES, Kind
from instagram.token_text import TokenError
from rules import fields

DAY = timedelta(days=1)
A_WEEK, A_MONTH, A_QUARTER = 7 * DAY, 30 * DAY, timedelta(days=90)
FEW_CUSTOMERS = 4  # may all be people with a role in the app
NEWEST_CALLS = 500
NOT_APPROVED = (200, 2018028)  # Meta's code for a send to somebody without a role in the app
COMMENTS = {
    Kind.INSTAGRAM: "instagram_business_manage_comments",
    Kind.FACEBOOK: "instagram_manage_comments",
    Kind.UNIFIED: "instagram_manage_comments",
}
CONNECT = "Open Accounts in the admin, or run `manage.py connect`. See docs/connect.md."
RECONNECT = "Create a new token in Meta's dashboard, and connect the account again."
AGAIN = "instabot asks again by itself, until it works."
AFTER_RENEWAL = {
    renewal.NOT_ASKED: "Copy both once more from App settings > Basic, set them, and restart.",
    renewal.NOT_RENEWED: "instabot tries again every six hours. If the token ends soon, create a"
    " new one in Meta's dashboard, and connect the account again.",
}


def _accounts_page() -> str:
    return reverse("admin:conversations_account_changelist")


def check_connection() -> Iterator[Finding]:
    """Whether Meta is reached at all, and by which version it answers."""
    try:
        answered = graph.headers()
    except NotSentError as error:
        if settings.ON_THIS_MACHINE:
            yield _no_sandbox()
        else:
            yield wrong("Instagram cannot be reached from this server.", error.advice)
        return
    except GraphError as error:
        yield warning("Instagram is reached, but does not answer.", error.advice)
        return
    used = answered.get("facebook-api-version", "")
    if used and used != settings.GRAPH_API_VERSION:
        yield warning(
            f"Instagram answers by {used}, not by {settings.GRAPH_API_VERSION}.",
            f"Set GRAPH_API_VERSION={used}, or leave it out.",
        )
    else:
        yield ok("Instagram answers.")


def _no_sandbox() -> Finding:
    return wrong(
        f"The sandbox is not reached at port {settings.PORT}.",
        "Start it: `make run`. If it runs at another port, name that port here, too: `PORT=9000"
        " manage.py doctor`.",
    )


def check_version() -> Iterator[Finding]:
    version, today = settings.GRAPH_API_VERSION, timezone.now().date()
    end = versions.ends_on(version)
    advice = "Leave GRAPH_API_VERSION out, or set it to v{}.{}.".format(*versions.NEWEST_KNOWN)
    if end is None:
        yield ok(f"No end of {version} is known.")
    elif end <= today:
        yield wrong(f"Version {version} of the Graph API ended on {ages.day(end)}.", advice)
    elif end - today <= A_QUARTER:
        yield warning(f"Version {version} of the Graph API ends on {ages.day(end)}.", advice)
    else:
        yield ok(f"Version {version} of the Graph API lasts until {ages.day(end)}.")


def check_token() -> Iterator[Finding]:
    """Whose each token is, of which kind, and how long it lasts."""
    for account, error in unreadable():
        next_step = CONNECT if isinstance(error, tokens.NoTokenError) else RECONNECT
        yield wrong(f"{account}: {error.advice}", next_step, _accounts_page())
    for subject, found, trouble in ask_each([*subjects()], diagnose):
        if trouble or found is None:
            yield from [trouble] if trouble else []
            continue
        if isinstance(found, TokenError):
            yield wrong(subject.say(found.says), found.next, _accounts_page())
            continue
        ends_at = found.ends_at or subject.account.token_ends_at
        whose = f"@{found.account.username}" if found.account.username else "the account"
        yield _judge_life(subject, f"{TITLES[subject.kind]} for {whose}", ends_at)
        if subject.account.renewal_problem and subject.account.renewal_failed_at:
            yield _judge_renewal(subject, subject.account.renewal_failed_at)


def _judge_renewal(subject: Subject, failed_at: datetime) -> Finding:
    """Say why a token is not renewed, or not asked about, that works all the same."""
    problem, since = subject.account.renewal_problem, ages.stamp(failed_at)
    if subject.kind is Kind.INSTAGRAM:
        says = f"It has not been renewed since {since}: {problem}"
    else:
        says = f"Meta did not say how long it lasts since {since}: {problem}"
    return warning(subject.say(says), AFTER_RENEWAL.get(problem, AGAIN))


def _judge_life(subject: Subject, what: str, ends_at: datetime | None) -> Finding:
    if ends_at is None:
        until = "No end is known." if subject.kind is Kind.INSTAGRAM else "It has no end."
        return ok(subject.say(f"Instagram accepts the token: {what}. {until}"))
    now = timezone.now()
    says = f"Instagram accepts the token: {what}. It lasts {ages.span(ends_at - now)} more."
    # As Meta tells the end now, which is not yet in the account's row.
    days = renewal.days_left(Account(token=subject.token, token_ends_at=ends_at), now)
    if days is None or days > max(renewal.WARN_DAYS):
        return ok(subject.say(says))
    return warning(subject.say(says), RECONNECT, _accounts_page())


def check_permissions() -> Iterator[Finding]:
    """Whether each token may do what the rules in use do."""
    has_comments = bool(fields.needed())
    for subject, found, _ in ask_each([*subjects()], diagnose):
        if found is None or isinstance(found, TokenError):
            continue  # which the line above says
        permissions = found.permissions or subject.account.permissions
        if not permissions:
            yield ok(subject.say("Messages may be read. Meta does not list the other permissions."))
        elif has_comments and COMMENTS[subject.kind] not in permissions:
            yield wrong(
                subject.say(f"Rules answer comments, but {COMMENTS[subject.kind]} is missing."),
                f"Create the token again and tick {COMMENTS[subject.kind]}; the app needs Advanced"
                " Access for it.",
            )
        else:
            yield ok(subject.say("The token has the permissions that the rules in use need."))


def check_access() -> Iterator[Finding]:
    """Tell by what happened whether the app is live and approved: Meta does not say it."""
    if settings.SANDBOX:
        yield ok("The sandbox lets everybody in.")
        return
    newest = Attempt.objects.order_by("-pk").values_list("code", "subcode")[:NEWEST_CALLS]
    if NOT_APPROVED in set(newest):
        yield wrong(
            "Instagram refused to send to people who have no role in the app: it has Standard"
            " Access.",
            "In Meta's dashboard, under App Review, request Advanced Access for messages. Until"
            " then, only people with a role in the app are answered.",
        )
    since = timezone.now() - A_MONTH
    for subject in subjects():
        wrote = Conversation.objects.filter(
            account_id=subject.account.pk, last_inbound_at__gt=since
        )
        yield _judge_reach(subject, wrote.count())


def _judge_reach(subject: Subject, people: int) -> Finding:
    if people >= FEW_CUSTOMERS:
        return ok(subject.say(f"{people:,} people wrote in 30 days, so the app reaches customers."))
    some = f"Only {counted(people, 'person', 'people')}" if people else "Nobody"
    return warning(
        subject.say(
            f"{some} wrote in 30 days. An app in development, or with Standard Access, hears only"
            " people with a role in it; Meta does not tell which it is."
        ),
        "In Meta's dashboard, see that the app is Live and that its permissions have Advanced"
        " Access.",
    )


def check_secret() -> Iterator[Finding]:
    """Whether one of our app secrets is that of the token's app; only Facebook's can be asked."""
    asked = [one for one in subjects() if one.kind is not Kind.INSTAGRAM]
    for subject, fits, trouble in ask_each(asked if settings.WEBHOOK_SECRETS else [], _fits):
        if trouble:
            continue  # which the line of the token says
        if fits:
            yield ok(subject.say("The app secret is that of the token's app."))
        else:
            yield wrong(
                subject.say("None of our app secrets is that of the token's app."),
                "Copy the app secret again, from App settings > Basic of the app that issued the"
                " token. Set FACEBOOK_APP_SECRET and restart.",
            )


def _fits(subject: Subject) -> bool:
    login = authorization.make_login()
    return any(login.is_signed_by(subject.token, secret) for secret in settings.WEBHOOK_SECRETS)


def check_account() -> Iterator[Finding]:
    """Whether each account is the one that its token is for."""
    for subject, found, _ in ask_each([*subjects()], diagnose):
        if found is None or isinstance(found, TokenError):
            continue  # which the line token says
        known, ids = subject.account, {found.account.instagram_id, found.node_id}
        if not known.instagram_id:
            yield warning(
                subject.say("instabot does not know yet which account this is."),
                "Start a worker: it asks once a minute.",
            )
        elif known.instagram_id != found.account.instagram_id:
            yield wrong(
                subject.say(
                    f"The token is for @{found.account.username} ({found.account.instagram_id}),"
                    f" and the account here is {known.instagram_id}."
                ),
                "Connect the account again, with a token of its own.",
                _accounts_page(),
            )
        elif _names_another(subject, ids):
            yield wrong(
                f"INSTAGRAM_ACCOUNT_ID is {settings.INSTAGRAM_ACCOUNT_ID}, and the token is for"
                f" {found.account.instagram_id}.",
                "Set INSTAGRAM_ACCOUNT_ID=me and restart.",
            )
        else:
            yield ok(subject.say(f"The account is the token's: ID {known.instagram_id}."))


def _names_another(subject: Subject, ids: set[str]) -> bool:
    """Tell whether the settings have an id for this token that Meta does not know it by."""
    configured = settings.INSTAGRAM_ACCOUNT_ID
    counts = tokens.is_environments(subject.account.pk, subject.token)
    return counts and configured != "me" and configured not in ids


def check_host() -> Iterator[Finding]:
    """Whether each token is used at the host that knows it."""
    for subject in subjects():
        begins = token_text.kind_of(subject.token)
        wants = hosts.INSTAGRAM if begins is Kind.INSTAGRAM else hosts.FACEBOOK
        other = hosts.FACEBOOK if begins is Kind.INSTAGRAM else hosts.INSTAGRAM
        if begins and settings.GRAPH_API_URL_IS_SET and other in settings.GRAPH_API_URL:
            yield wrong(
                subject.say(f"GRAPH_API_URL is {other}, which does not know the token."),
                f"Leave GRAPH_API_URL empty: it is then {wants}.",
            )
        elif begins and (begins is Kind.INSTAGRAM) != (subject.kind is Kind.INSTAGRAM):
            yield wrong(
                subject.say(f"It is a token of {TITLES[begins]}, and the account is"
                            f" connected by {TITLES[subject.kind]}."),
                RECONNECT,
                _accounts_page(),
            )  # fmt: skip
        else:
            yield ok(subject.say("Host and token belong together."))


def check_sending() -> Iterator[Finding]:
    """What holds all messages of an account back."""
    now, unable = timezone.now(), {account.pk: error for account, error in unreadable()}
    for account in rows():
        if error := unable.get(account.pk):
            yield wrong(f"{account} sends nothing: {error.advice}", RECONNECT, _accounts_page())
        else:
            yield _judge_sending(account, now)


def _judge_sending(account: Account, now: datetime) -> Finding:
    if not account.active:
        return warning(
            f"{account} is disconnected: what customers write is kept, and nothing is sent.",
            "Connect it again, or leave it so if that is meant.",
            _accounts_page(),
        )
    if account.sending_held:
        return wrong(
            f"{account} sends nothing: a backup was restored, and sending is held.",
            "See what was open in it, then let messages go (manage.py hold --lift does, too).",
            reverse("admin:conversations_account_hold"),
        )
    if account.is_paused(now):
        kind = warning if account.pause == Account.Pause.THROTTLED else wrong
        reason = account.pause_reason or account.get_pause_display()
        return kind(
            f"{account} sends nothing at the moment: {reason}",
            "Fix what the reason says; instabot tries again by itself.",
            _accounts_page(),
        )
    if account.bot_is_off:
        return warning(
            f"{people.called(account.bot_off_by)} switched the bot off: nobody is answered"
            " automatically.",
            "Switch it on again when that is no longer meant.",
            reverse("admin:conversations_account_switch"),
        )
    return ok(f"{account} may send, and the bot is on.")
