"""The stand-in for Meta as a process that notes when each send arrived.

Unlike the tests' own process it keeps its connections for echoes, as Meta does, and says that
they came by TLS, as the proxy of a host does.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any, TextIO

from bench.load import Line, signed
from tests.support.graph import Answer, Echoes, Graph, Sent, echo_body, error

ECHO_CONNECTIONS = 8
TOO_MANY = error(613, 2534040, text="Calls to this api have exceeded the rate limit.")


class TimedGraph(Graph):
    """Writes one line a send: who, which message, when it arrived, whether it was accepted.

    allowed: so many sends a second for the first strict_for seconds; more are refused.
    """

    allowed = 0
    strict_for = 0.0
    _began = 0.0
    _second = (0, 0)  # a second since then, and what was sent in it

    def keep_log(self, log: TextIO) -> None:
        self._log = log
        self._lines: asyncio.Queue[Line | None] = asyncio.Queue()
        for _ in range(ECHO_CONNECTIONS):
            self._lines.put_nowait(None)  # opened when first used: the web starts after us

    async def _answer(self, method: str, path: str, body: bytes, token: str) -> Answer | None:
        arrived = time.time()
        answer = await super()._answer(method, path, body, token)
        if path.endswith("/messages"):
            asked = json.loads(body)
            line = {
                "recipient": asked["recipient"]["id"],
                "metadata": asked["message"].get("metadata", ""),
                "arrived": arrived,
                "accepted": answer is not None and answer[0] == 200,
            }
            self._log.write(json.dumps(line) + "\n")
        return answer

    async def _send(self, asked: dict[str, Any], token: str) -> Answer | None:
        return TOO_MANY if self._too_many() else await super()._send(asked, token)

    def _too_many(self) -> bool:
        now = time.monotonic()
        self._began = self._began or now
        if not self.allowed or now > self._began + self.strict_for:
            return False
        second, sent = int(now - self._began), 0
        if second == self._second[0]:
            sent = self._second[1]
        self._second = (second, sent + 1)
        return sent >= self.allowed

    async def post_echo(self, sent: Sent) -> None:
        assert self.echoes is not None
        line = await self._lines.get()
        try:
            line = line or await Line.open(int(self.echoes.url))
            await line.post(signed(echo_body(sent), self.echoes.secret))
        except ConnectionError:
            line = None
        finally:
            self._lines.put_nowait(line)


async def _main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--latency", type=float, required=True)
    options.add_argument("--echo-port", default="", help="where the webhook listens; no echoes")
    options.add_argument("--secret", default="")
    options.add_argument("--allowed", type=int, default=0)
    options.add_argument("--strict-for", type=float, default=0.0)
    options.add_argument("--log", type=Path, required=True)
    chosen = options.parse_args()
    echoes = Echoes(chosen.echo_port, chosen.secret) if chosen.echo_port else None
    graph = TimedGraph(chosen.latency, echoes, chosen.port)
    graph.allowed, graph.strict_for = chosen.allowed, chosen.strict_for
    with chosen.log.open("a", buffering=1, encoding="utf-8") as log:
        graph.keep_log(log)
        await (await graph.listen()).serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
