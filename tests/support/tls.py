"""TLS in front of a server that speaks none, with a certificate that it has signed itself."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("graph.example.pem")
BYTES = 64 * 1024


@contextmanager
def in_front_of(port: int) -> Iterator[int]:
    """Yield the port that leads by TLS to this one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    threads: list[threading.Thread] = []

    def begin(work: Callable[..., object], *about: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=work, args=about, daemon=True)
        thread.start()
        threads.append(thread)
        return thread

    def accept() -> None:
        with suppress(OSError):  # closed at the end
            while True:
                begin(serve, door.accept()[0])

    def serve(plain: socket.socket) -> None:
        with (
            suppress(OSError),  # who does not trust us hangs up
            context.wrap_socket(plain, server_side=True) as near,
            socket.create_connection(("127.0.0.1", port)) as far,
        ):
            back = begin(pass_on, far, near)
            pass_on(near, far)
            back.join(5)

    with socket.create_server(("127.0.0.1", 0)) as door:
        begin(accept)
        yield int(door.getsockname()[1])
        door.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(5)


def pass_on(begin: socket.socket, end: socket.socket) -> None:
    with suppress(OSError):
        while data := begin.recv(BYTES):
            end.sendall(data)
    for one in (begin, end):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
