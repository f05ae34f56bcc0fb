"""What Meta says of a token, and what to do where it is not one that can answer messages.

Nothing of a token is ever repeated. Each thing that can be wrong has a sentence of its own.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from instagram.errors import (
    AccountError,
    GraphError,
    LoginError,
    NotSentError,
    PermanentError,
    RefusedError,
)
from instagram.kinds import Kind
from instagram.login import App, Login
from instagram.token_facts import Facts, Owner, Person
from instagram.token_text import TokenError

PERSONAL = "PERSONAL"
PAGE, SYSTEM_USER = "PAGE", "SYSTEM_USER"  # types of tokens
EXPIRED_SUBCODE = 463
PERMISSION_CODES = (10, *range(200, 300))
NOT_PROFESSIONAL_CODE = 36103
MESSAGES = {
    Kind.INSTAGRAM: "instagram_business_manage_messages",
    Kind.FACEBOOK: "instagram_manage_messages",
    Kind.UNIFIED: "instagram_manage_messages",
}
_AGAIN = "Create a new token in Meta's dashboard and paste it here."


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A token that can be used, and whose it is.

    node_id: the other id, of a Page or within the app. permissions: None where Meta does not tell.
    ends_at: None where it has no end or Meta does not tell; made_at likewise. problem: why this one
    of several accounts cannot be connected.
    """

    kind: Kind
    token: str
    account: Person
    node_id: str
    permissions: frozenset[str] | None = None
    made_at: datetime | None = None
    ends_at: datetime | None = None
    problem: TokenError | None = None


def diagnose(login: Login, kind: Kind, token: str) -> list[Diagnosis]:
    """Ask Meta whose token it is and what it may do; several where it opens several accounts.

    Raises TokenError with the sentence for each thing that can be wrong. One of several accounts
    has it as its problem, and keeps no other from being connected.
    """
    try:
        return _STEPS[kind](login, token)
    except GraphError as error:
        raise _explain(error, kind) from None


def _of_instagram(login: Login, token: str) -> list[Diagnosis]:
    owner = login.who_instagram(token)
    _check_account(owner.account)
    login.read_messages(Kind.INSTAGRAM, token, "me")
    return [Diagnosis(Kind.INSTAGRAM, token, owner.account, owner.node_id)]


def _of_facebook(login: Login, token: str) -> list[Diagnosis]:
    facts = _debug(login, token)
    owner = login.who_facebook(token)
    if owner.is_page:
        return [_of_page(login, replace(owner, token=token), facts)]
    if facts and facts.type == SYSTEM_USER:
        pages = _pages_of_system_user(login, token)
    else:
        if login.facebook.is_known:  # the tokens of its Pages live as long as it does
            token = login.lengthen_for_person(token).token
        pages = login.pages(token)
    if not pages:
        raise TokenError(
            f"This is the token of a person ({owner.name or owner.node_id}), who has given the app"
            " no Page.",
            "Create the token again: choose the Page in Meta's window, and have a role on it.",
        )
    with_account = [page for page in pages if page.account.instagram_id and page.token]
    if not with_account:
        raise _without_account(", ".join(page.name for page in pages))
    made = [
        Diagnosis(Kind.FACEBOOK, page.token, page.account, page.node_id) for page in with_account
    ]
    return _each(made, lambda one: _of_account(login, one, _debug(login, one.token)))


def _pages_of_system_user(login: Login, token: str) -> list[Owner]:
    """List the Pages that a system user was given; mostly it has accounts, and no Page."""
    with suppress(PermanentError, AccountError):
        if pages := login.pages(token):
            return pages
    raise TokenError(
        "This is the token of a system user, as Unified Login gives it.",
        "Go back and choose Unified Login, then paste it there.",
    )


def _of_page(login: Login, page: Owner, facts: Facts | None) -> Diagnosis:
    if not page.account.instagram_id:
        raise _without_account(page.name, _ask_for_personal(login, page.token))
    return _of_account(
        login, Diagnosis(Kind.FACEBOOK, page.token, page.account, page.node_id), facts
    )


def _of_account(login: Login, found: Diagnosis, facts: Facts | None) -> Diagnosis:
    _check_permission(facts, Kind.FACEBOOK)
    login.read_messages(Kind.FACEBOOK, found.token, "me")
    return _with_facts(found, facts)


def _of_system_user(login: Login, token: str) -> list[Diagnosis]:
    facts = _debug(login, token)
    if facts is None:
        raise TokenError(
            "Only Meta can say which account this token is for, and it only tells the app.",
            "Set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET where instabot runs, then paste it again.",
        )
    if facts.type == PAGE:
        raise TokenError(
            "This is the token of a Page, as Facebook Login gives it.",
            "Go back and choose Facebook Login, then paste it there.",
        )
    _check_permission(facts, Kind.UNIFIED)
    if not facts.targets:
        raise TokenError(
            "This token was given for no Instagram account.",
            "Connect again in Meta's window, and choose the Instagram account there.",
        )
    made = [Diagnosis(Kind.UNIFIED, token, Person(number), facts.owner) for number in facts.targets]
    return [_with_facts(one, facts) for one in _each(made, lambda one: _of_target(login, one))]


def _of_target(login: Login, found: Diagnosis) -> Diagnosis:
    number = found.account.instagram_id
    account = login.account(found.token, number)
    login.read_messages(Kind.UNIFIED, found.token, number)
    return replace(found, account=account)


def _each(found: list[Diagnosis], ask: Callable[[Diagnosis], Diagnosis]) -> list[Diagnosis]:
    """Ask about each account; what is wrong with one is its problem, unless nothing is right."""
    asked = []
    for one in found:
        try:
            asked.append(ask(one))
        except TokenError as problem:
            asked.append(replace(one, problem=problem))
        except RefusedError as error:
            asked.append(replace(one, problem=_explain(error, one.kind)))
    problems = [one.problem for one in asked if one.problem]
    if problems and len(problems) == len(asked):
        raise problems[0]
    return asked


_STEPS: dict[Kind, Callable[[Login, str], list[Diagnosis]]] = {
    Kind.INSTAGRAM: _of_instagram,
    Kind.FACEBOOK: _of_facebook,
    Kind.UNIFIED: _of_system_user,
}


def _debug(login: Login, token: str) -> Facts | None:
    """Ask what a token is, where the app's own id and secret are known; raise what is wrong."""
    if not login.facebook.is_known:
        return None
    try:
        facts = login.debug(token)
    except LoginError as error:
        raise TokenError(
            "Meta does not accept the app's ID and secret, so it does not say what this token is.",
            "Check FACEBOOK_APP_ID and FACEBOOK_APP_SECRET: both are under App settings > Basic.",
        ) from error
    except RefusedError as error:
        if "did not match" in error.reply.body:
            raise _of_other_app(login.facebook) from None
        raise
    if facts.app_id and facts.app_id != login.facebook.id:
        raise _of_other_app(login.facebook, facts.app_id)
    if facts.error and facts.error.reply.subcode == EXPIRED_SUBCODE and facts.ends_at:
        raise TokenError(f"This token expired on {facts.ends_at:%-d %B %Y}.", _AGAIN)
    if not facts.is_valid:
        raise facts.error or LoginError("Meta does not accept this token.")
    return facts


def _of_other_app(app: App, other: str = "") -> TokenError:
    named = f" ({other})" if other else ""
    return TokenError(
        f"This token is of another app{named}, not of the one that instabot uses ({app.id}):"
        " its webhooks would be refused.",
        f"Choose the app {app.id} where you create the token; or set FACEBOOK_APP_ID and"
        " FACEBOOK_APP_SECRET to those of the other one.",
    )


def _with_facts(found: Diagnosis, facts: Facts | None) -> Diagnosis:
    if facts is None:
        return found
    return replace(
        found, permissions=facts.permissions, made_at=facts.made_at, ends_at=facts.ends_at
    )


def _check_permission(facts: Facts | None, kind: Kind) -> None:
    if facts is not None and MESSAGES[kind] not in facts.permissions:
        raise _without_permission(kind)


def _without_permission(kind: Kind) -> TokenError:
    return TokenError(
        f"The token may not read and answer messages: {MESSAGES[kind]} is missing.",
        f"Create it again and tick {MESSAGES[kind]}; where Meta does not offer it, add it to the"
        " app first.",
    )


def _check_account(account: Person) -> None:
    if account.kind == PERSONAL:
        raise _personal(account.username)
    if not account.instagram_id:
        raise TokenError(
            "Meta says whose token this is, but not for which Instagram account.",
            "Create the token again for a professional Instagram account.",
        )


def _personal(username: str) -> TokenError:
    named = f"@{username}" if username else "This"
    return TokenError(
        f"{named} is a personal account: Meta lets apps answer only for professional accounts.",
        "In the Instagram app open Settings, Account type and tools, Switch to professional"
        " account. Then create the token again.",
    )


def _without_account(page: str, personal: str = "") -> TokenError:
    if personal:
        return _personal(personal)
    return TokenError(
        f"This is a token of the Page “{page}”, to which no professional Instagram account is"
        " linked.",
        "Link it in the Page's settings, Linked accounts, Instagram; then create the token again.",
    )


def _ask_for_personal(login: Login, token: str) -> str:
    try:
        return login.linked_privately(token)
    except GraphError:
        return ""  # it was only to say more


def _explain(error: GraphError, kind: Kind) -> TokenError:
    if isinstance(error, NotSentError):
        return TokenError("Meta could not be asked: it was not reached.", error.advice)
    if not isinstance(error, RefusedError):
        return TokenError(
            "Meta could not be asked: no answer came that could be read.",
            "Nothing was changed. Try again in a minute; if it lasts, check the server's way out.",
        )
    return _explain_refusal(error, kind)


def _explain_refusal(error: RefusedError, kind: Kind) -> TokenError:
    code, subcode = error.reply.code, error.reply.subcode
    if code == NOT_PROFESSIONAL_CODE:
        return _personal("")
    if subcode == EXPIRED_SUBCODE:
        return TokenError("This token has expired.", _AGAIN)
    if isinstance(error, LoginError):
        return TokenError(_say_refused(error), _AGAIN)
    if isinstance(error, AccountError) and code in PERMISSION_CODES and subcode is None:
        return _without_permission(kind)
    return TokenError("Meta knows this token, but does not let it read messages.", error.advice)


def _say_refused(error: LoginError) -> str:
    if error.reply.subcode is None:
        return "Meta does not accept this token: it is incomplete or was revoked."
    return f"Meta does not accept this token. {error.advice}"
