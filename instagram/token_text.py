"""What was pasted for a token: the token in it, or what it is instead, and what to do then.

Nothing of a token is ever repeated. Each thing that can be wrong has a sentence of its own.
"""

import re

from instagram.kinds import TITLES, Kind

INSTAGRAM_PREFIX, FACEBOOK_PREFIX = "IGAA", "EAA"
SHORTEST_TOKEN = 40  # characters; Meta's have 150 and more
LONGEST_TOKEN = 2000
BEGINS = {
    Kind.INSTAGRAM: INSTAGRAM_PREFIX,
    Kind.FACEBOOK: FACEBOOK_PREFIX,
    Kind.UNIFIED: FACEBOOK_PREFIX,
}


class TokenError(Exception):
    """A token that cannot be used. says: what it is; next: what to do. Both are for people."""

    def __init__(self, says: str, next: str) -> None:  # noqa: A002 - the doctor's word
        super().__init__(says)
        self.says = says
        self.next = next


_AROUND = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb<>()[]{},;"
# What cannot be seen, and comes along with what is copied from a page or a document.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_LABEL = re.compile(
    r"^(?:authorization|bearer|oauth|(?:page_?|user_?)?access_?token|token"
    r"|INSTAGRAM_PAGE_ACCESS_TOKEN)[\"']?\s*(?:[:=]\s*|\s+|$)",
    re.IGNORECASE,
)
# In the address of a page, or in an answer of Meta's.
_IN_ADDRESS = re.compile(r"(?is)[?&#{].*?access_token[\"']?\s*[=:]\s*[\"']?([\w.~|-]+)")
_TOKEN = re.compile(rf"(?:IGAA|EAA)[A-Za-z0-9_-]{{{SHORTEST_TOKEN},}}")

_COPY = "Copy the access token once more, all of it, and paste it here."
_BEGINNING = "Paste Meta's access token here: it begins with IGAA or EAA."


def clean(pasted: str, *, verify_token: str = "") -> str:
    """Return the token in what was pasted; raises TokenError where there is none.

    Spaces, line breaks, quotes and a label such as "Bearer" are taken away. verify_token: what is
    no access token either, and is pasted for one.
    """
    text, before = _INVISIBLE.sub("", pasted), ""
    if found := _IN_ADDRESS.search(text):
        text = found[1]
    while text != before:
        before, text = text, _LABEL.sub("", text.strip().strip(_AROUND))
    _refuse_several(text)
    text = re.sub(r"\s+", "", text)
    if verify_token and text == verify_token:
        raise TokenError("This is the verify token, which is only for Meta's webhook form.", _COPY)
    for pattern, says, what_next in _NO_TOKENS:
        if re.fullmatch(pattern, text, re.IGNORECASE):
            raise TokenError(says, what_next)
    if not text.isascii() or not re.fullmatch(r"[\w.~|-]+", text):
        raise TokenError("There are characters in it that no access token has.", _COPY)
    if len(text) > LONGEST_TOKEN:
        raise TokenError("This is too long for an access token.", _COPY)
    return text


def _refuse_several(text: str) -> None:
    if len({found[0] for found in _TOKEN.finditer(text)}) > 1:
        raise TokenError("There are several tokens in it.", "Paste one token at a time.")


# What is pasted in the place of a token: a pattern, what it is, what to do.
_NO_TOKENS: tuple[tuple[str, str, str], ...] = (
    ("", "Nothing was pasted.", "Copy the access token in Meta's dashboard and paste it here."),
    (
        r".*(\u2026|\.\.\.|\*\*\*|\u2022).*",
        "This is only the part of a token that a page shows.",
        "Press Copy beside the token instead of selecting it, and paste it here.",
    ),
    (
        r"https?://.*|www\..*",
        "This is the address of a page, with no token in it.",
        _COPY,
    ),
    (
        r"[0-9]{5,25}",
        "This is a number: the ID of an app, a Page or an account.",
        _BEGINNING,
    ),
    (
        r"[0-9]{5,25}\|.+",
        "This is an app token: it speaks for the app and for no account.",
        "Create a token for the account in Meta's dashboard, and paste that.",
    ),
    (
        r"[0-9a-f]{32}",
        "This is an app secret, not an access token.",
        f"Keep it secret: it belongs in instabot's settings. {_BEGINNING}",
    ),
    (
        r"instabot_.+",
        "This is a token of instabot's own API.",
        _BEGINNING,
    ),
    (
        r"IGQ.+",
        "This is a token of Instagram Basic Display, which Meta ended in December 2024.",
        "Create one for “API setup with Instagram login” in the app's dashboard.",
    ),
    (
        r"AQ[\w-]{60,}(#_)?",
        "This is the code of a login, not yet a token.",
        "Use “Connect with Instagram”, which turns it into a token by itself.",
    ),
    (
        rf"(IGAA|EAA)[\w-]{{0,{SHORTEST_TOKEN - 5}}}",
        "The token is cut off: Meta's are longer.",
        _COPY,
    ),
    (r"[\w-]{1,20}", "This is too short for an access token.", _COPY),
)  # fmt: skip


def kind_of(token: str) -> Kind | None:
    """Return which login a token is of, by its beginning; None where that does not tell."""
    if token.startswith(INSTAGRAM_PREFIX):
        return Kind.INSTAGRAM
    return Kind.FACEBOOK if token.startswith(FACEBOOK_PREFIX) else None


def check_kind(token: str, chosen: Kind, pinned: str = "") -> None:
    """Raise TokenError for a token of another login than the chosen one.

    pinned: the only host that is called, where the settings name one.
    """
    found = kind_of(token)
    if found is None:
        return
    if (found is Kind.INSTAGRAM) != (chosen is Kind.INSTAGRAM):
        begins = BEGINS[found]
        raise TokenError(
            f"This token begins with {begins}: it is one of {_say_login(found)}, and you chose"
            f" {TITLES[chosen]}.",
            f"Go back and choose {_say_login(found)}, or paste a token that begins with"
            f" {BEGINS[chosen]}.",
        )
    others = {Kind.INSTAGRAM: "graph.facebook.com"}.get(found, "graph.instagram.com")
    if others in pinned:
        raise TokenError(
            f"GRAPH_API_URL sends all calls to {others}, which knows no token of"
            f" {_say_login(found)}.",
            "Leave GRAPH_API_URL empty where instabot runs: it is then chosen by the token.",
        )


def _say_login(kind: Kind) -> str:
    return TITLES[kind] if kind is Kind.INSTAGRAM else "Facebook Login or Unified Login"
