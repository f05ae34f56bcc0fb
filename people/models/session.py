"""A log-in that lasts: in one browser, until it ends or is ended."""

import hashlib
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from people.models.reason import Because, EndedSession
from people.sessions import limits

MAX_BROWSER = 80


def digest(key: str) -> str:
    """Return as what a session is kept: who reads the table, or a copy of it, cannot log in."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


class SessionRows(QuerySet["Session"]):
    """What is asked of sessions."""

    def going_on(self) -> "SessionRows":
        """Keep only those in which somebody is logged in now, the last seen first."""
        rows = self.filter(user__isnull=False, expire_date__gt=timezone.now())
        over = _is_idle() | _is_too_long()
        return rows.exclude(over).order_by(F("seen_at").desc(nulls_last=True))

    def ended(self) -> "SessionRows":
        """Keep only those that lasted too long, or that nobody came back to."""
        return self.filter(Q(expire_date__lte=timezone.now()) | _is_idle() | _is_too_long())

    def idle(self) -> "SessionRows":
        """Keep only those that nobody came back to."""
        return self.filter(_is_idle())

    def too_long(self) -> "SessionRows":
        """Keep only those that lasted too long."""
        return self.filter(_is_too_long())


def _is_idle() -> Q:
    return Q(seen_at__lt=timezone.now() - limits.read().idle)


def _is_too_long() -> Q:
    return Q(began_at__lt=timezone.now() - limits.read().most)


class Session(AbstractBaseSession):
    """One browser's session, with where it is from and when somebody was last seen in it.

    Its key is the digest of what the browser has.
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )  # nobody's until somebody has logged in
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=MAX_BROWSER, blank=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    by_unknown_proxy = models.BooleanField(default=False)  # which hid the address: for the doctor

    objects: ClassVar[Any] = SessionRows.as_manager()  # type: ignore[assignment]  # of another type

    class Meta:
        verbose_name = "session"
        verbose_name_plural = "sessions"
        default_permissions = ()  # one's own are one's own; others' go with the right to people

    def __str__(self) -> str:
        return f"{self.browser}, {self.address}"

    def read_ending(self) -> EndedSession | None:
        """Return what a limit has made of it; None: it goes on."""
        now, spans = timezone.now(), limits.read()
        if self.seen_at is not None and self.seen_at < now - spans.idle:
            return self._end(Because.IDLE, spans.say_idle())
        if self.began_at is not None and self.began_at < now - spans.most:
            return self._end(Because.TOO_LONG, spans.say_most())
        return None

    def _end(self, because: Because, span: str) -> EndedSession:
        return EndedSession(
            session_key=self.session_key, because=because, span=span, forget_at=self.expire_date
        )

    @classmethod
    def get_session_store_class(cls) -> Any:
        from people.sessions.store import SessionStore  # noqa: PLC0415 - it stands above this

        return SessionStore
