"""Payloads as Meta never sends them: shapes broken, values of the worst kind, bytes turned over."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from tests.payloads import names, payload

DEEP = 3000
# Written into the JSON as they are, since Python's own writer would not.
RAW = {
    "@huge@": "1e400",
    "@minus@": "-1e400",
    "@digits@": "9" * 400,
    "@deep@": "[" * DEEP + "]" * DEEP,
    "@deeper@": '{"mid":' * DEEP + "0" + "}" * DEEP,
    "@half@": '"\\ud83d"',
    "@nan@": "NaN",
    "@infinity@": "Infinity",
}
VALUES: list[Any] = [
    *RAW, None, True, False, 0, -1, 3.7, 10**30, 2**63, -(2**63), "", " ", "\x00", "a\x00b", "0",
    "never", "1763800000100", "17841400000000001", 17841400000000001, "instabot:1", "\u202e\ufeff",
    "x" * 5000, "😀" * 400, "<script>", "'; DROP TABLE", "../..", [], {}, [[]], [None], [{}],
    {"id": []}, {"id": {}}, {"mid": {}}, {"type": None, "payload": 5}, {"url": "javascript:1"},
]  # fmt: skip
KEYS = [
    "message", "postback", "reaction", "read", "message_edit", "referral", "optin", "mid", "text",
    "attachments", "is_echo", "is_deleted", "is_unsupported", "is_self", "quick_reply", "reply_to",
    "story", "payload", "sender", "recipient", "timestamp", "id", "time", "entry", "messaging",
    "standby", "changes", "changed_fields", "field", "value", "from", "num_edit", "metadata",
    "pass_thread_control", "take_thread_control", "comment_id", "media", "action", "emoji", "",
    "object", "messages_v2", "app_id", "nlp", "sticker_id", "prior_message",
]  # fmt: skip


class Hostile:
    """Makes hostile bodies from the payloads, the same ones for the same seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._good = [payload(name) for name in names()]

    def body(self) -> bytes:
        """Return one body: of a broken structure, of broken bytes, or of both."""
        body = self.random.choice(self._good)
        way = self.random.random()
        if way < 0.75:
            body = self._broken(body)
        return self._turned_over(body) if way > 0.6 else body

    def _broken(self, body: bytes) -> bytes:
        said = json.loads(body)
        for _ in range(self.random.randint(1, 4)):
            self._change(self.random.choice(list(_places(said)) or [said]))
        text = json.dumps(said)
        for mark, raw in RAW.items():
            text = text.replace(f'"{mark}"', raw)
        return text.encode()

    def _change(self, place: dict[str, Any] | list[Any]) -> None:
        """Put something wrong into an object or a list."""
        random = self.random
        if isinstance(place, list):
            what = random.choice([place[:1] * random.randint(0, 20), [random.choice(VALUES)]])
            place[:] = deepcopy(random.choice([what, place + what, what + place]))
            return
        key = random.choice([*place, random.choice(KEYS)])
        way = random.randrange(4)
        if way == 0:
            place.pop(key, None)
        elif way == 1:
            place[random.choice(KEYS)] = deepcopy(place.get(key))
        elif way == 2:
            place[key] = [place.get(key)]
        else:
            place[key] = deepcopy(random.choice(VALUES))

    def _turned_over(self, body: bytes) -> bytes:
        random, found = self.random, bytearray(body)
        for _ in range(random.randint(1, 6)):
            start = random.randrange(len(found) + 1)
            end = min(start + random.randint(0, 30), len(found))
            found[start:end] = random.choice(
                [b"", random.randbytes(random.randint(0, 8)), bytes(found[start:end]) * 2, b"\x00"]
            )
        return bytes(found)


def _places(said: Any) -> Any:
    """Walk every object and list."""
    if isinstance(said, dict | list):
        yield said
        for one in said.values() if isinstance(said, dict) else said:
            yield from _places(one)
