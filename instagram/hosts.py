"""Where Meta's Graph API is: which host an account is called at depends on how it was connected."""

FACEBOOK = "https://graph.facebook.com"
INSTAGRAM = "https://graph.instagram.com"


def is_instagrams(token: str, url: str = "") -> bool:
    """Tell whether a token is used at Instagram's host: it begins so, or the address is that one's.

    url: where the Graph API was set to be, if it was.
    """
    return token.startswith("IGAA") or "graph.instagram.com" in url
