"""What is known of an account's menu and ice breakers at Instagram, in words."""

from datetime import datetime

from backoffice.ages import clock
from conversations.account.menu import Published
from conversations.display.connection import Line
from conversations.models import Menu
from instagram.menu import Part

NAMES = {Part.ICE_BREAKERS: "ice breakers", Part.MENU: "menu"}
NOT_ASKED = "Instagram has not been asked yet what it has."
AGAIN = "Look again in a minute."
NOT_SAVED = "Nothing is saved, so there is nothing to publish. Save a menu or ice breakers first."
NOT_TYPED = "Nothing was typed, so nothing was saved."
NOT_READ = "What Instagram has was never read. Look at Instagram first, then use it."


def name(*parts: Part) -> str:
    """Return what staff call these parts, in a sentence."""
    return " and ".join(NAMES[part] for part in parts)


def describe(row: Menu, part: Part, now: datetime) -> Line:
    """Say whether Instagram has what is wanted."""
    wants, has = row.wants(part), row.has(part)
    if row.found_at is None:
        return Line(NOT_ASKED, "warn")
    if row.is_same(part):
        since = row.since(part)
        if since is None:
            return Line("None here, and none at Instagram.")
        return Line(f"At Instagram since {clock(since, now)}.", "good")
    if not has:
        return Line("Not yet at Instagram.", "warn")
    if part not in row.saved:
        return Line("Instagram has some that were not made here.", "warn")
    return Line("Instagram has something else." if wants else "Instagram still has some.", "warn")


def warn(row: Menu, now: datetime) -> str:
    """Say that what is shown of Instagram may be old, where Meta could not be asked; else empty."""
    if not row.problem or row.asked_at is None:
        return ""
    said = f"Instagram could not be asked {clock(row.asked_at, now)}: {row.problem}"
    if row.found_at is None:
        return said
    return f"{said} Shown is what it had {clock(row.found_at, now)}."


def explain(published: Published) -> str:
    """Say why publishing is not done, or not known to be."""
    what = name(*published.left)
    if published.unread:
        why = published.problem or published.unread
        return f"It is not known whether Instagram has it: {why} {AGAIN}"
    if published.problem:
        more = f" {AGAIN}" if published.is_unsure else ""
        return f"Not published ({what}): {published.problem}{more}"
    return f"Instagram accepted the {what}, but has something else. {AGAIN}"
