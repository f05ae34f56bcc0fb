"""Connections that tell whether they were made: until then nothing of a request can have left.

A connection is made when the way through the proxy and the TLS handshake are complete, too. What
breaks later may have arrived.
"""

import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Way(threading.local):
    """What is known of the call that this thread makes."""

    made = False


_way = _Way()


class _HTTPConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _way.made = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        _way.made = _way.made or self.sock is not None  # it serves once more
        super().request(*args, **kwargs)


class _HTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _way.made = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        _way.made = _way.made or self.sock is not None
        super().request(*args, **kwargs)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def open_session() -> requests.Session:
    """Return a session for one thread, of whose calls `was_made` can tell."""
    session = requests.Session()
    session.trust_env = False  # the way out is said once, and not looked for at each call
    for scheme in _POOLS:
        session.mount(f"{scheme}://", _Adapter())
    return session


def begin() -> None:
    """Forget the thread's last call: another one begins."""
    _way.made = False


def was_made() -> bool:
    """Tell whether the connection was made for the thread's call, so that it may have arrived."""
    return _way.made
