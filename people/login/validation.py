"""Which passwords are refused beside Django's list of common ones, and what a new one ends."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from audit import trail
from conversations.models import Account
from people.models import Because, Session
from people.sessions import endings
from shop.current import shops

LEAST_LEFT = 6  # letters and digits beside the shop's name and the like
LEAST_WORD = 4  # a shorter name is in half of all words
ITS_OWN = (
    "This password is easily guessed: it is little more than the name of the shop or of instabot."
)
HINT = (
    f"At least {settings.LEAST_PASSWORD} characters, not only digits, no common one, and not the"
    " shop's name."
)


class PasswordRules:
    """Refuses what anybody would try first here; a new password ends the sessions of the old one.

    Django calls it as one of AUTH_PASSWORD_VALIDATORS: validate() where somebody chooses a
    password, password_changed() whenever one was saved, in a form or by a command.
    """

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's signature
        rest = _plain(password)
        for word in sorted(_words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(rest) < LEAST_LEFT:
            raise ValidationError(ITS_OWN, code="password_of_the_shop")

    def get_help_text(self) -> str:
        return "Your password can't be little more than the name of the shop or of instabot."

    def password_changed(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - as above
        """End all sessions of theirs. Whoever changes it themselves goes on in a new one."""
        count = endings.close(Session.objects.filter(user=user), Because.PASSWORD)
        ended = f"; sessions ended: {count}" if count else ""
        trail.record(trail.Kind.PASSWORD, f"set a new password for “{user.get_username()}”{ended}")


def _words() -> Iterator[str]:
    """Return what is known here to everybody, without what stands between letters."""
    known = shops()
    names = [known.general.name, *(one.name for one in known.own.values())]
    names += Account.objects.values_list("username", flat=True)
    names += ["instabot", "instagram", *(host.strip(".") for host in settings.ALLOWED_HOSTS)]
    for name in names:
        words = [_plain(name or ""), *(_plain(part) for part in re.split(r"[\W_]+", name or ""))]
        yield from (word for word in words if len(word) >= LEAST_WORD)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
