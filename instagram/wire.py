"""One call over HTTP: a session for each thread, and an end to whatever does not end."""

import threading
import time
from collections.abc import Callable, Mapping

import requests
from urllib3.exceptions import HTTPError

from instagram import connections, responses

MAX_RESPONSE_BYTES = 256 * 1024
IDLE_SECONDS = 15.0  # a connection idle for longer may have been closed by the other side


class Wire:
    """What makes calls. Raises only the errors of instagram.errors.

    timeout: seconds to connect, and to wait for the next bytes. deadline: seconds for a whole call.
    proxy: the address of the one that leads out. certificates: where those to trust are, if not the
    usual ones. before: called before each call, which may take long.
    """

    def __init__(
        self,
        *,
        timeout: tuple[float, float] = (5.0, 15.0),
        deadline: float = 28.0,
        proxy: str = "",
        certificates: str = "",
        before: Callable[[], object] = lambda: None,
    ) -> None:
        self.timeout = timeout
        self.deadline = deadline
        self._proxies = {"https": proxy} if proxy else {}
        self._trusted = certificates or True
        self._before = before
        self._local = threading.local()

    def _exchange(
        self, prepare: Callable[[], requests.PreparedRequest]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request; return the response's status, headers and body.

        prepare: makes the request; an address that is none is a call that was never made.
        """
        self._before()
        started = time.monotonic()
        connections.begin()
        try:
            request = prepare()
            # By the adapter itself: there is nothing to merge from the session, no cookie and no
            # redirect, and looking for them takes as long as the call.
            adapter = self._session().get_adapter(request.url or "")
            with adapter.send(
                request,
                timeout=self.timeout,
                stream=True,
                verify=self._trusted,
                proxies=self._proxies,
            ) as response:
                raw = self._read(response, started)
        except (OSError, HTTPError) as error:  # those of requests are OSErrors
            raise responses.classify_failure(error, made=connections.was_made()) from error
        return response.status_code, response.headers, raw

    def _read(self, response: requests.Response, started: float) -> bytes:
        """Read the response within the deadline; an endless or dripping one is cut off.

        read1 returns the bytes that are there; iter_content would wait for a whole chunk.
        """
        raw = b""
        while chunk := response.raw.read1(64 * 1024, decode_content=True):
            raw += chunk
            if len(raw) > MAX_RESPONSE_BYTES or time.monotonic() - started > self.deadline:
                response.close()
                raise requests.Timeout("the response does not end")
        return raw

    def _session(self) -> requests.Session:
        """One session per thread: sessions of requests are not made to be shared."""
        now = time.monotonic()
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = connections.open_session()
            self._local.session = session
        elif now - self._local.used > IDLE_SECONDS:
            session.close()  # drops idle connections; the session stays usable
        self._local.used = now
        return session
