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
# Of them those that a rule may answer by themselves.
GREETINGS = frozenset(
    read_words(
        "hi hello hey hiya hallo moin servus hoi hej hei halo bonjour bonsoir salut coucou hola"
        " buenas olá ola oi ciao salve buongiorno cześć witam ahoj szia bună привіт вітаю привет"
        " здравствуйте здравствуй здрасте салам merhaba selam γεια مرحبا سلام السلام שלום नमस्ते"
        " hai chào alo 안녕 안녕하세요 你好 您好 嗨 こんにちは สวัสดี สวัสดีค่ะ สวัสดีครับ"
    )
)
