"""Django's sessions in the database, kept under a digest and with what people read of them.

Django keeps the very text that the browser has, so who reads the table, or a copy of it, is logged
in as everybody. Here a row says who somebody is, and never what would let them in.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from people.models import EndedSession
from people.models.session import Session, digest
from people.sessions import endings, limits

CLIENT = "client"  # under which a session has what is in the columns of its row


class SessionStore(db.SessionStore):
    """Where Django's middleware keeps sessions.

    ended: why there is none any more, once it was looked for; None: there is one, or never was.
    """

    ended: EndedSession | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def get_session_cookie_age(self) -> int:
        return int(limits.read().most.total_seconds())

    def _get_session_from_db(self) -> Session | None:
        key = digest(self.session_key or "")
        row: Session | None = Session.objects.filter(
            session_key=key, expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self.ended = EndedSession.objects.filter(pk=key, forget_at__gt=timezone.now()).first()
        else:
            self.ended = row.read_ending()
        if row is None or self.ended:
            self._session_key = None
            return None
        return row

    def exists(self, session_key: str) -> bool:
        found: bool = Session.objects.filter(session_key=digest(session_key)).exists()
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Any = super().create_model_instance(data)
        client = data.get(CLIENT, {})
        row.session_key = digest(row.session_key)
        row.user_id = data.get(SESSION_KEY)
        row.address, row.browser = client.get("address", ""), client.get("browser", "")
        row.began_at, row.seen_at = _moment(client, "began"), _moment(client, "seen")
        row.by_unknown_proxy = client.get("by_unknown_proxy", False)
        made: Session = row
        return made

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        endings.close_over()


def _moment(client: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromtimestamp(client[name], UTC) if name in client else None
