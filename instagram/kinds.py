"""The kinds of login that Meta has for an Instagram account, and what staff call them."""

from enum import StrEnum


class Kind(StrEnum):
    """How an account was connected, which decides the host and what its token may do."""

    INSTAGRAM = "instagram"
    FACEBOOK = "page"  # the token is a Page's
    UNIFIED = "unified"


TITLES = {
    Kind.INSTAGRAM: "Instagram Login",
    Kind.FACEBOOK: "Facebook Login",
    Kind.UNIFIED: "Unified Login",
}
