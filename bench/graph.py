"""The stand-in for Meta as a process that notes when each send arrived.

Unlike the tests' own process it keeps its connections for echoes, as Meta does, and says that
they came by TLS, as the proxy of a host does.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import TextIO

from bench.load import Line, signed
from tests.graph import Answer, Echoes, Graph, Sent, echo_body

ECHO_CONNECTIONS = 8


class TimedGraph(Graph):
    """Writes one line a send: who, which message, when it arrived, whether it was accepted."""

    def keep_log(self, log: TextIO) -> None:
        self._log = log
        self._lines: asyncio.Queue[Line | None] = asyncio.Queue()
        for _ in range(ECHO_CONNECTIONS):
            self._lines.put_nowait(None)  # opened when first used: the web starts after us

    async def _answer(self, method: str, path: str, body: bytes) -> Answer | None:
        arrived = time.time()
        answer = await super()._answer(method, path, body)
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
    options.add_argument("--log", type=Path, required=True)
    chosen = options.parse_args()
    echoes = Echoes(chosen.echo_port, chosen.secret) if chosen.echo_port else None
    graph = TimedGraph(chosen.latency, echoes, chosen.port)
    with chosen.log.open("a", buffering=1, encoding="utf-8") as log:
        graph.keep_log(log)
        await (await graph.listen()).serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
