"""The shop's post, and what is written below it: IG Media and IG Comment of the stand-in."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

from sandbox import payloads
from sandbox.models import Message
from sandbox.pages import Listed
from sandbox.parameters import Field, pick, read_fields

COMMENT_FIELDS = "id,timestamp,text"
POST_FIELDS = "id"


class Reader:
    """Reads the post and its comments. address: of the API with its version; token: of pages."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def list_posts(self, node: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """List what the account has posted: one post."""
        fields = read_fields(dict(asked), POST_FIELDS)
        return self._list([payloads.POST], str, f"{node}/media", fields).page(
            asked, lambda _: self.read_post(fields)
        )

    def read_post(self, fields: tuple[Field, ...]) -> dict[str, Any]:
        known = {
            "id": payloads.POST,
            "caption": "New in our shop",
            "media_type": "IMAGE",
            "media_product_type": payloads.PRODUCT_TYPE,
            "timestamp": None,
            "comments_count": _comments().count() + _replies().count(),
            "like_count": 12,
        }
        return pick(known, fields)

    def list_comments(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """List the customers' comments, the newest first, each with the shop's replies."""
        fields = read_fields(dict(asked), COMMENT_FIELDS)
        rows = list(_comments().select_related("customer").order_by("-at", "-pk"))
        address = f"{payloads.POST}/comments"
        listed = self._list(rows, payloads.comment_number, address, fields)
        return listed.page(asked, lambda one: read_comment(one, fields))

    def _list(
        self, rows: list[Any], key: Callable[[Any], str], path: str, fields: tuple[Field, ...]
    ) -> Listed:
        named = {"fields": ",".join(map(str, fields)), "access_token": self.token}
        return Listed(rows, key, f"{self.address}/{path}", named)


def read_comment(comment: Message, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return what is asked for of a comment; raise RefusedError for a field that none has."""
    by = {"id": comment.customer.igsid, "username": comment.customer.username}
    if not comment.from_customer:
        by = {"id": payloads.account_id(), "username": payloads.USERNAME}
    parent = payloads.comment_number(comment.reply_to) if comment.reply_to else None

    def replies(asked: Field) -> dict[str, Any] | None:
        inner = asked.inner or (Field("id"), Field("timestamp"), Field("text"))
        rows = _replies().filter(reply_to=comment).order_by("at", "pk")
        data = [read_comment(one, inner) for one in rows.select_related("customer", "reply_to")]
        return {"data": data} if data else None

    known = {
        "id": payloads.comment_number(comment),
        "text": comment.text,
        "timestamp": f"{comment.at:%Y-%m-%dT%H:%M:%S}+0000",
        "from": by,
        "username": by["username"],
        "parent_id": parent,
        "media": {"id": payloads.POST, "media_product_type": payloads.PRODUCT_TYPE},
        "like_count": 0,
        "hidden": False,
        "replies": replies,
    }
    return pick(known, fields)


def _comments() -> QuerySet[Message]:
    return Message.objects.filter(kind=Message.Kind.COMMENT, unsent=False)


def _replies() -> QuerySet[Message]:
    return Message.objects.filter(kind=Message.Kind.PUBLIC_REPLY, unsent=False)
