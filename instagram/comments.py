"""Comments as the API lists them below a post, as the items of webhooks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from instagram.events import Incoming
from instagram.parser import read_comment
from instagram.threads import list_objects
from instagram.values import clean, read_id, read_object, read_time

POSTS, COMMENTS = 25, 25  # the newest ones that are looked at
POST_FIELDS = "id,media_product_type,comments_count"
_OF_ONE = "id,text,timestamp,from,username"
FIELDS = f"{_OF_ONE},replies{{{_OF_ONE}}}"


@dataclass(frozen=True, slots=True)
class Found:
    """A customer's comment; is_answered: the shop has written below it since."""

    comment: Incoming
    is_answered: bool


def read_posts(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the posts that have comments, as a webhook names them."""
    return [
        {"id": read_id(one.get("id")), "media_product_type": clean(one.get("media_product_type"))}
        for one in list_objects(response)
        if one.get("comments_count") != 0 and read_id(one.get("id"))
    ]


def read_comments(
    response: Mapping[str, Any], account: str, username: str, post: Mapping[str, Any]
) -> Iterator[Found]:
    """Read the comments below a post, and the replies to them; the shop's own are left out.

    account, username: the shop's.
    """
    for top in list_objects(response):
        replies = list_objects(read_object(top.get("replies")))
        below = [{**one, "parent_id": top.get("id")} for one in replies]
        said = [_read(one, account, post) for one in (top, *below)]
        comments = [one for one in said if one is not None and one.username != username]
        ours = [
            at
            for one in below
            if _is_ours(one, account, username) and (at := read_time(one.get("timestamp")))
        ]
        for one in comments:
            yield Found(one, any(at > one.at for at in ours))


def _is_ours(raw: Mapping[str, Any], account: str, username: str) -> bool:
    by = read_object(raw.get("from"))
    named = clean(by.get("username") or raw.get("username"))
    return read_id(by.get("id")) == account or bool(username and named == username)


def _read(raw: Mapping[str, Any], account: str, post: Mapping[str, Any]) -> Incoming | None:
    """Return a comment; None: it is the shop's own, or names nobody."""
    at, by = read_time(raw.get("timestamp")), read_object(raw.get("from"))
    if at is None or not read_id(by.get("id")) or not read_id(raw.get("id")):
        return None
    found = read_comment(account, at, {"username": raw.get("username"), **raw, "media": dict(post)})
    return found if isinstance(found, Incoming) else None
