"""The webhook fields: what Meta is to tell us of, compared with what the rules in use need."""

from collections.abc import Iterator

from django.conf import settings

from conversations.account import authorization, identity, subscription
from conversations.account.subscription import Subscribed
from conversations.address import callback_address, public_address
from instabot.doctor import graph
from instabot.doctor.findings import Finding, ok, warning, wrong
from instabot.doctor.subjects import Subject, ask_each, subjects
from instagram.errors import AccountError, GraphError
from instagram.kinds import Kind
from rules import fields as fields_of_rules

MESSAGES = ("messages", "messaging_postbacks")  # without them nobody is answered
OF_ELSE = (5, 368)  # Meta's codes: our server's address is not allowed; the app is blocked
FIX = "Run `manage.py doctor --fix`, which subscribes them."


def check_fields() -> Iterator[Finding]:
    asked = [one for one in subjects() if one.node]  # of the others the line account tells
    for subject, fields, trouble in ask_each(asked, _subscribed):
        yield trouble or _judge(subject, fields or frozenset())


def _subscribed(subject: Subject) -> frozenset[str]:
    return authorization.make_login().subscribed(subject.kind, subject.token, subject.node)


def _judge(subject: Subject, fields: frozenset[str]) -> Finding:
    if not fields:
        return wrong(subject.say("The account is not subscribed: no webhook comes."), FIX)
    if subject.kind is Kind.FACEBOOK:
        return ok(subject.say("The Page is subscribed. Its fields are those that the app has."))
    missing = subscription.missing(subject.kind, fields)
    if not missing:
        count = len(subscription.wanted(subject.kind))
        return ok(subject.say(f"All {count} webhook fields that are needed are subscribed."))
    says = subject.say(f"Not subscribed: {', '.join(missing)}.")
    is_heard = not set(missing) & {*MESSAGES, *fields_of_rules.needed()}
    return (warning if is_heard else wrong)(says, FIX)


def check_callback() -> Iterator[Finding]:
    """What the app itself has: where it posts to, and which fields are ticked."""
    login = authorization.make_login()
    if not login.facebook.is_known or all(one.kind is Kind.INSTAGRAM for one in subjects()):
        return  # the app of Instagram Login cannot be asked
    try:
        posted = login.posted()
    except GraphError as error:
        yield _judge_refusal(error)
        return
    yield _judge_app(posted.get("instagram"))


def _judge_refusal(error: GraphError) -> Finding:
    """The app is asked by its own ID and secret: where Meta takes no login, it is by them."""
    if not isinstance(error, AccountError) or error.reply.code in OF_ELSE:
        return graph.not_told(error)
    return wrong(
        "Meta does not accept FACEBOOK_APP_ID with FACEBOOK_APP_SECRET.",
        "Copy both again from the app's dashboard, App settings > Basic: with a wrong secret"
        " every webhook is refused.",
    )


def _judge_app(posted: tuple[str, frozenset[str]] | None) -> Finding:
    ours = callback_address()
    if posted is None:
        return wrong(
            "The app posts no webhooks of Instagram.",
            f"In Meta's dashboard, under Webhooks, choose Instagram, enter {ours} and"
            " the verify token, and tick the fields.",
        )
    callback, fields = posted
    wanted = [*MESSAGES, *fields_of_rules.needed()]
    missing = [name for name in wanted if name not in fields]
    if public_address() and not settings.SANDBOX and callback.rstrip("/") != ours:
        return wrong(
            f"The app posts its webhooks to {callback.partition('?')[0]}.",
            f"Enter {ours} as callback URL in Meta's dashboard, under Webhooks.",
        )
    if missing:
        return wrong(
            f"The app does not post: {', '.join(missing)}.",
            "Tick these fields in Meta's dashboard, under Webhooks, Instagram.",
        )
    return ok("The app posts its webhooks here, with the fields that are needed.")


def subscribe_missing() -> Iterator[str]:
    """Subscribe the fields that are missing; say what became of it, a line for each account."""
    for subject in subjects():
        if not subject.node:
            yield f"{subject.account}: not subscribed, since it is not known yet who it is."
            continue
        account = identity.ready(subject.account.pk)
        yield f"{account}: {_say_done(subscription.subscribe(account, subject.kind))}"


def _say_done(done: Subscribed) -> str:
    if done.problem:
        return f"not subscribed. {done.problem}"
    if done.missing:
        return f"Meta left out {', '.join(done.missing)}."
    return f"subscribed {', '.join(done.added)}." if done.added else "nothing was missing."
