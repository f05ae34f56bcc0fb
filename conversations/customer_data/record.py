"""A row as the customer gets it: every column, but for what is only of use to instabot itself."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BinaryField, Model

from conversations.customer_data.colleagues import Colleagues

Told = dict[str, Any]

# Columns of any table, and of one; each with what it is.
LEFT_OUT: Mapping[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("search_text", "the words of another column"),
        ("token", "a form's, or the secret address of a picture"),
    ),
    "conversations.Conversation": (
        ("due_at", "when a worker looks next"),
        ("leased_until", "until when a worker has it"),
        ("tries", "how often a worker began"),
        ("version", "how often anything changed"),
        ("counted_version", "the same, counted in reports"),
        ("in_directory", "whether search knows the customer"),
    ),
    "api.IdempotencyKey": (("fingerprint", "the digest of a request"),),
}
# Sentences of instabot's own, and names: they may say which colleague it was.
NAMING = {"staff", "by", "uploaded_by", "bot_paused_by", "bot_paused_covered_by", "reason", "error"}
OF_STAFF = {"conversations.Note", "conversations.Draft"}  # whose texts tell colleagues something


def is_left_out(field: Any) -> bool:
    """Tell whether a column says nothing of the customer, or is given as a file."""
    label = field.model._meta.label  # noqa: SLF001 - public in Django's documentation
    named = (*LEFT_OUT[""], *LEFT_OUT.get(label, ()))
    return field.name in dict(named) or isinstance(field, BinaryField)


def read(row: Model, colleagues: Colleagues) -> Told:
    """Return what a row says, by the names of its columns."""
    columns = row._meta.concrete_fields  # noqa: SLF001 - public in Django's documentation
    told = [field for field in columns if not is_left_out(field)]
    return {field.name: _read(row, field, colleagues) for field in told}


def _read(row: Model, field: Any, colleagues: Colleagues) -> Any:
    value = getattr(row, field.attname)
    if field.related_model is User:
        return colleagues.call_user(value) if value else None
    if field.name in NAMING and value:
        return colleagues.hide(value)
    if field.name == "text" and row._meta.label in OF_STAFF:  # noqa: SLF001 - public in Django's documentation
        return colleagues.hide_told(value)
    return value
