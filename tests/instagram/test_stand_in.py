"""The stand-in for Graph that most tests talk to."""

import gc
import socket
from contextlib import ExitStack

import pytest

from tests.support.graph import Graph

pytestmark = pytest.mark.no_database


def test_whoever_comes_in_as_it_ends_is_hung_up() -> None:
    with ExitStack() as open_until_read:
        with Graph() as graph:
            callers = [
                open_until_read.enter_context(socket.create_connection(("127.0.0.1", graph.port)))
                for _ in range(80)
            ]
        assert all(_is_hung_up(caller) for caller in callers)
        gc.collect()  # a connection that is left open is an error of the test that finds it


def _is_hung_up(caller: socket.socket) -> bool:
    caller.settimeout(5)
    try:
        return caller.recv(1) == b""
    except ConnectionResetError:
        return True
