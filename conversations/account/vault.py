"""Keeps access tokens sealed: who reads the database alone, or a copy of it, has none.

The first key seals, all of them unseal. They are made from the texts of TOKEN_KEYS, and after
those from SECRET_KEY and SECRET_KEY_FALLBACKS, which seal where TOKEN_KEYS is empty: so neither a
new secret nor a first TOKEN_KEYS takes a token away.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from instagram.errors import LoginError

_PURPOSE = b"instabot: access tokens of accounts"


class SealedError(LoginError):
    """No key that is set unseals the token. It is the account's trouble, and of no other one."""

    def __init__(self) -> None:
        super().__init__(
            "The stored access token cannot be decrypted: put the key that encrypted it back into"
            " TOKEN_KEYS (or SECRET_KEY_FALLBACKS), or reconnect the account."
        )


def seal(token: str) -> str:
    """Return the token as it is kept."""
    return _keys().encrypt(token.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the token; raises SealedError."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError from None


def _keys() -> MultiFernet:
    return _made_of(
        (*settings.TOKEN_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS),
    )


@cache
def _made_of(texts: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(text)) for text in texts])


def _derived(text: str) -> bytes:
    """Return the key of a text, so that a text may be any, but has to be long and random."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.encode())
    return base64.urlsafe_b64encode(derived)
