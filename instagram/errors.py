"""What Meta's refusals mean.

Each error answers one question: may I send it again?

    GraphError
    ├── NotSentError     it never left, Meta is out of reach: hold it
    ├── RefusedError     Meta said no
    │   ├── RetryError       not now: try this message again
    │   │   └── OnceMoreError    try once more, then give up
    │   ├── ThrottledError   too many calls: pause the account
    │   ├── PermanentError   never: this message fails
    │   └── AccountError     the account is broken: pause all sends, a person must act
    │       ├── LoginError       the token, its session or the app
    │       └── BlockedError     by Meta's policy: only a send shows when that has ended
    └── AmbiguousError   nobody knows whether it was sent: settle it, never resend blindly

The class of a refusal comes from (code, subcode) alone: status, type and text vary (Messenger
Platform, "Error codes"; Graph API, "Handling errors").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What Meta replied, as far as anything came back."""

    status: int | None = None
    code: int | None = None
    subcode: int | None = None
    trace_id: str = ""
    body: str = ""
    # From Meta's headers: the percent used of what it allows, and when calls are allowed again.
    used: float = 0
    regain_seconds: float = 0


class GraphError(Exception):
    """A call failed. `advice` is one sentence for staff; str() is safe to log."""

    def __init__(self, advice: str, reply: Reply = Reply()) -> None:
        super().__init__(f"{type(self).__name__} code={reply.code} subcode={reply.subcode}")
        self.advice = advice
        self.reply = reply


class NotSentError(GraphError):
    """The connection was never made, so nothing was sent."""


class RefusedError(GraphError):
    """Meta answered that it did not do it."""


class RetryError(RefusedError):
    """Not now."""


class OnceMoreError(RetryError):
    """Not now; after a second refusal, never."""


class ThrottledError(RefusedError):
    """Too many calls. regain_seconds of the reply is Meta's estimate, 0 if it gave none."""


class PermanentError(RefusedError):
    """This message can never be sent."""


class AccountError(RefusedError):
    """No message of this account can be sent until a person acts.

    everywhere: whatever is called, and not for want of a permission that only this call needs.
    """

    everywhere = False


class LoginError(AccountError):
    """The token, its session or the app that calls is not accepted."""

    everywhere = True


class BlockedError(AccountError):
    """Meta has restricted the account for a while."""

    everywhere = True


class AmbiguousError(GraphError):
    """It may have been sent."""


R, R1, T, P = RetryError, OnceMoreError, ThrottledError, PermanentError
A, L, B, X = AccountError, LoginError, BlockedError, AmbiguousError

_LATE = "The 24-hour window is closed: Instagram no longer accepts an answer."
_GONE = "This customer can't receive messages from you (they blocked you or closed their account)."
_OWNED = "Another app is handling this conversation right now."
_LOGIN = "Instagram no longer accepts the access token: reconnect the account."
BUSY = "Instagram asked us to slow down: sending is paused for a while."
_UNAUTHORISED = (
    "Instagram does not let the app act for this account: check in Meta's dashboard that the app is"
    " live, approved and not restricted. It may also be trouble of Instagram's own."
)
_RIGHTS = "The app is missing a permission: reconnect with all permissions and check App Review."
_BLOCKED = "Instagram has restricted this account: check Account Status in the Instagram app."
_PAYLOAD = "Instagram does not accept the content of this message."
_MEDIA = "Instagram couldn't download or use the attachment: check that its link is public."
_UNSURE = "Instagram did not say whether the message was sent."
# The way in the Instagram app, on a phone, to what lets other programs read and answer messages.
ALLOW_ACCESS = (
    "Settings > Messages and story replies > Message controls > Connected tools > Allow access to"
    " messages"
)
_SWITCH = f"In the Instagram app, turn on {ALLOW_ACCESS}."
_SIGNATURE = (
    "Instagram does not accept how the app signs its calls: turn off Require App Secret in the"
    " app's advanced settings, and check that token and app belong together."
)
_ADDRESS = (
    "Instagram accepts no calls from this server's address: check the server IP allowlist in the"
    " app's advanced settings."
)
_OLD = "Instagram no longer has this version of the Graph API: check GRAPH_API_VERSION."
_LINK = "The Instagram account is not linked correctly: check account ID, host and login."

# (code, subcode) first, then (code, None). Source: "Error codes" and "Handling errors".
TABLE: Mapping[tuple[int, int | None], tuple[type[GraphError], str]] = {
    (-1, None): (R, "Instagram could not do it at the moment, and asks to try again later."),
    (1, None): (X, _UNSURE),
    (1, 1357046): (X, _UNSURE),
    (1, 99): (A, _RIGHTS),
    (2, None): (X, _UNSURE),
    (2, 2018344): (P, "The terms for inbox labels have not been accepted."),
    (3, None): (A, _LINK),
    (4, None): (T, BUSY),
    (4, 2018022): (T, BUSY),
    (5, None): (L, _ADDRESS),
    (10, None): (A, _RIGHTS),
    (10, 2534022): (P, _LATE),
    (10, 2018278): (P, _LATE),
    (10, 2018065): (P, _LATE),
    (10, 2018108): (P, _GONE),
    (10, 1545041): (P, _GONE),
    (10, 2534077): (A, _LINK),
    (10, 1893063): (B, _BLOCKED),
    (15, None): (L, _SIGNATURE),
    (17, None): (T, BUSY),
    (32, None): (T, BUSY),
    (80001, None): (T, BUSY),
    (80002, None): (T, BUSY),
    (80006, None): (T, BUSY),
    (341, None): (T, BUSY),
    (613, None): (T, BUSY),
    (613, 2534040): (T, BUSY),
    (613, 2018338): (
        T,
        "Customers reported or blocked your messages: sending is paused for a while.",
    ),
    (100, None): (P, _PAYLOAD),
    (100, 33): (A, _LINK),
    (100, 1545041): (P, _GONE),
    (100, 2018001): (P, _GONE),
    (100, 2018008): (R1, _MEDIA),
    (100, 2018014): (P, _PAYLOAD),
    (100, 2018047): (P, _MEDIA),
    (100, 2018074): (P, _MEDIA),
    (100, 2018109): (P, _MEDIA),
    (100, 2018294): (R1, _MEDIA),
    (100, 2018164): (P, "The app ID in the routing call is wrong."),
    (100, 2018320): (P, _PAYLOAD),
    (100, 2018328): (P, _PAYLOAD),
    (100, 2534013): (A, _LINK),
    (100, 2534014): (P, "Instagram does not know this customer under this account."),
    (100, 2534015): (P, _PAYLOAD),
    (100, 2534025): (P, "This comment can no longer be answered by private message."),
    (100, 2534029): (B, _BLOCKED),
    (100, 2534122): (B, _BLOCKED),
    (100, 2534037): (P, _OWNED),
    (101, None): (
        L,
        "Instagram does not know the app: check in Meta's dashboard that it still exists.",
    ),
    (102, None): (L, _LOGIN),
    (104, None): (L, _SIGNATURE),
    (190, None): (L, _LOGIN),
    (190, 458): (L, "The app was removed from the account: reconnect it."),
    (190, 459): (L, "Instagram wants the account owner to log in and pass a security check."),
    (190, 460): (L, "The account's password was changed: reconnect the account."),
    (190, 463): (L, "The access token has expired: reconnect the account."),
    (190, 464): (L, "The Instagram account has not been confirmed."),
    (190, 467): (L, _LOGIN),
    (190, 492): (L, "The person who connected the account no longer has a role on the Page."),
    (200, None): (A, _RIGHTS),
    (200, 2018028): (
        A,
        "The app is not approved yet: it can only answer people with a role in it.",
    ),
    (200, 1545041): (P, _GONE),
    (200, 2534041): (A, _SWITCH),
    (230, None): (P, "The customer has not consented to sharing their profile."),
    (368, None): (B, _BLOCKED),
    (450, None): (L, _LOGIN),
    (452, None): (L, _LOGIN),
    (506, None): (P, "Instagram doesn't accept the same message twice in a row."),
    (551, None): (P, _GONE),
    (551, 1545041): (P, _GONE),
    (803, None): (P, "Instagram does not know this ID."),
    (2022, None): (B, _BLOCKED),
    (2018300, None): (P, _OWNED),
    (2018321, None): (R, "The conversation is in one of Instagram's own automated flows."),
    (36103, None): (A, "This account can't use the API: it must be a professional account."),
    (9000001, None): (P, "The message was deleted."),
    (9010, None): (P, "Instagram does not know this customer."),
    (2635, None): (L, _OLD),
    (2500, None): (A, "The address of the Graph API is wrong: check GRAPH_API_VERSION."),
}
CODES = frozenset(code for code, _ in TABLE)
_PERMISSIONS = range(200, 300)
# Meta's message to an app that is not authorised for the account, or for an object of it
# ("Unsupported post request. Object with ID …"), with no subcode that tells more.
_UNSUPPORTED = re.compile(r"\bunsupported (\w+ )?request\b", re.IGNORECASE)
# "Invalid appsecret_proof provided in the API argument", or that a call has to have one.
_UNSIGNED = re.compile(r"\bappsecret_(proof|time)\b", re.IGNORECASE)
_INVALID = 100


def classify(reply: Reply, error: Mapping[str, Any]) -> GraphError:
    """Return the error that Meta's `error` object means; what is unknown fails that message."""
    code, subcode = reply.code, reply.subcode
    if code is None:
        return AmbiguousError(_UNSURE, reply)
    if code == _INVALID and (subcode is None or (code, subcode) not in TABLE):
        said = str(error.get("message", ""))
        if _UNSIGNED.search(said):
            return LoginError(_SIGNATURE, reply)
        unsupported = _UNSUPPORTED.search(said)
        if unsupported:
            return _unsupported(reply, about_object=bool(unsupported[1]))
    meaning = TABLE.get((code, subcode)) or TABLE.get((code, None))
    if meaning is None and code in _PERMISSIONS:
        meaning = (AccountError, _RIGHTS)
    if meaning is None and (error.get("is_transient") or (reply.status or 0) >= 500):  # noqa: PLR2004
        meaning = (AmbiguousError, _UNSURE)
    kind, advice = meaning or (PermanentError, f"Instagram refused with an unknown code ({code}).")
    return kind(advice, reply)


def _unsupported(reply: Reply, *, about_object: bool) -> AccountError:
    """about_object: what was called is not there, or not the app's; else the app may do nothing."""
    found = AccountError(_LINK if about_object else _UNAUTHORISED, reply)
    found.everywhere = not about_object
    return found
