"""Words that say nothing by themselves (common.txt).

A shop with many messages shows by itself which words are common (`phrases`). With few it does not:
there these help.
"""

from pathlib import Path

from rules.matching.folding import read_words

_FILE = Path(__file__).with_name("common.txt")


def _read() -> frozenset[str]:
    lines = _FILE.read_text().splitlines()
    return frozenset(word for line in lines if line[:1] != "#" for word in read_words(line))


COMMON = _read()
