"""Meta's words for what is wrong with a login, whichever host says them, and what to do."""

import re

from instagram import responses
from instagram.errors import LoginError, PermanentError, RefusedError, Reply
from instagram.token_facts import object_of


class SecretError(LoginError):
    """The secret is not the app's."""


USED = "The login has been used already, or has expired: connect once more."
UNKNOWN_ADDRESS = (
    "Meta does not know the address that it is to come back to: enter it in the app's Business"
    " login settings, exactly as instabot shows it."
)
WRONG_SECRET = "The app secret is not the one of this app: check INSTAGRAM_APP_SECRET."  # noqa: S105
_REFUSALS: tuple[tuple[str, type[RefusedError], str], ...] = (
    (r"redirect_?\s?uri", PermanentError, UNKNOWN_ADDRESS),
    (r"\bcode\b.*\b(used|expired|not found|invalid)|verification code", PermanentError, USED),
    (r"client secret", SecretError, WRONG_SECRET),
    (
        r"client.?id|platform app|application id|app id",
        LoginError,
        "Meta does not know the app: check INSTAGRAM_APP_ID.",
    ),
)


def check(status: int, raw: bytes) -> None:
    """Raise what a refused login means; the host that takes codes has a shape of its own for it."""
    answer = responses.parse(raw)
    of_graph = object_of(answer, "error")
    said = answer.get("error_message") or of_graph.get("message")
    if not isinstance(said, str):
        return
    code = (of_graph or answer).get("code")
    reply = Reply(status=status, code=code if isinstance(code, int) else None, body=said[:2000])
    for pattern, kind, advice in _REFUSALS:
        if re.search(pattern, said, re.IGNORECASE):
            raise kind(advice, reply)
    if not of_graph:
        raise PermanentError("Meta refused the login: connect once more.", reply)
