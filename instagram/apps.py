"""Apps of Meta's own, in which people write: the numbers that its echoes give for them."""

NO_APP = ("", "0")
INSTAGRAM_APPS = ("124024574287414", "567067343352427", "936619743392459", "1217981644879628")
META_INBOX = "263902037430900"


def is_the_app(app: str) -> bool:
    """Tell whether Meta names no app, or the one in which people of the shop write."""
    return app in (*NO_APP, *INSTAGRAM_APPS)
