"""What instabot speaks to Meta by before an account has a token: its apps, from the settings."""

from django.conf import settings

from instagram.login import AUTHORIZE_URL, App, Hosts, Login
from workqueue.postgresql import pool


def make_login() -> Login:
    """Return what asks Meta about tokens and gets new ones."""
    return Login(
        instagram=App(settings.INSTAGRAM_APP_ID, tuple(settings.INSTAGRAM_APP_SECRET)),
        facebook=App(settings.FACEBOOK_APP_ID, tuple(settings.FACEBOOK_APP_SECRET)),
        hosts=_hosts(),
        version=settings.GRAPH_API_VERSION,
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
        proxy=settings.GRAPH_PROXY,
        certificates=settings.GRAPH_CERTIFICATES,
        before=pool.give_back,
    )


def _hosts() -> Hosts:
    """Meta's own, or the one that the settings name for everything."""
    named = settings.GRAPH_API_URL if settings.GRAPH_API_URL_IS_SET else ""
    if named and not is_metas(named):
        found = Hosts.at(named)
        authorize = settings.INSTAGRAM_AUTHORIZE_URL or found.authorize
        return Hosts(authorize, found.code, found.instagram, found.facebook)
    return Hosts(settings.INSTAGRAM_AUTHORIZE_URL or AUTHORIZE_URL)


def is_metas(address: str) -> bool:
    """Tell whether an address is Meta's own, which takes the tokens of some logins alone."""
    return address.endswith((".facebook.com", ".instagram.com"))


def offers_login() -> bool:
    """Tell whether somebody can log in at Instagram, and need paste no token."""
    known = settings.INSTAGRAM_APP_ID and settings.INSTAGRAM_APP_SECRET
    return bool(known and settings.PUBLIC_URL)


def pinned_host() -> str:
    """Return the one host that is called, where the settings name one of Meta's."""
    named: str = settings.GRAPH_API_URL if settings.GRAPH_API_URL_IS_SET else ""
    return named if is_metas(named) else ""
