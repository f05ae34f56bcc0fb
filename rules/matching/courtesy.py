"""What people write around a command: "please stop!", "STOP, thank you" and "stop stop" are "stop".

A table: one phrase of courtesy per language and way to say it. Add to it freely; it is only looked
at for the rules that stop or start the bot.
"""

import re
from functools import cache
from itertools import chain

from rules.matching.folding import fold, fold_letters, read_words

COURTESIES = (
    "please", "pls", "plz", "plse", "pretty please", "kindly", "thanks", "thank you", "thx", "ty",
    "many thanks", "thank you very much", "thanks a lot",
    "bitte", "danke", "vielen dank",
    "s'il vous plaît", "s'il te plaît", "svp", "stp", "merci", "merci beaucoup",
    "por favor", "porfavor", "porfa", "xfa", "gracias", "muchas gracias",
    "obrigado", "obrigada", "pf", "pfv", "se faz favor",
    "per favore", "per piacere", "grazie", "si us plau", "gràcies",
    "alsjeblieft", "alstublieft", "aub", "dank je", "dank u", "bedankt",
    "tack", "snälla", "takk", "vær så snill", "vennligst", "tak", "venligst", "kiitos", "ole hyvä",
    "proszę", "dziękuję", "dzięki", "prosím", "děkuji", "díky", "ďakujem", "prosim", "hvala",
    "molim", "molim vas", "köszönöm", "kérem", "légy szíves", "vă rog", "te rog", "mulțumesc",
    "пожалуйста", "пожалуйсто", "пож", "плиз", "плз", "спасибо", "большое спасибо",
    "будь ласка", "будьласка", "дякую", "дуже дякую", "калі ласка", "дзякуй", "моля", "благодаря",
    "молим", "молим вас", "хвала", "өтінемін", "рахмет",
    "lütfen", "lutfen", "teşekkürler", "teşekkür ederim", "sağol", "xahiş edirəm", "zəhmət olmasa",
    "iltimos", "rahmat", "παρακαλώ", "ευχαριστώ", "გთხოვთ", "խնդրում եմ",
    "من فضلك", "من فضلكم", "لو سمحت", "لو سمحتم", "رجاء", "رجاءً", "الرجاء", "شكرا", "لطفا", "لطفاً",
    "ممنون", "مرسی", "براہ کرم", "בבקשה", "תודה", "תודה רבה",
    "कृपया", "प्लीज़", "धन्यवाद", "tolong", "mohon", "terima kasih", "sila", "pakiusap", "salamat",
    "làm ơn", "vui lòng", "cảm ơn", "xin", "tafadhali", "asante",
    "제발", "부탁해요", "부탁드립니다", "부탁합니다", "감사합니다", "주세요", "해주세요",
)  # fmt: skip
# Of scripts that put no spaces between words: written onto the command, before or behind it.
BEFORE = ("请", "請", "麻烦", "麻煩", "拜托", "どうか", "กรุณา", "โปรด", "ช่วย", "សូម")
BEHIND = (
    "谢谢", "謝謝", "吧", "してください", "して下さい", "ください", "下さい", "お願いします",
    "をお願いします", "ありがとう", "ครับ", "ค่ะ", "คะ", "ด้วย", "หน่อย", "ขอบคุณ",
)  # fmt: skip
_PARTS = re.compile(r"\w+")
MAX_LETTERS = 100  # of a message that may be nothing but a command


@cache
def _courtesies() -> frozenset[tuple[str, ...]]:
    return frozenset(read_words(courtesy) for courtesy in COURTESIES)


@cache
def _affixes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return those before and those behind a command, the longest first."""
    before, behind = (sorted(map(fold, affixes), key=len) for affixes in (BEFORE, BEHIND))
    return tuple(before[::-1]), tuple(behind[::-1])


def read_command(text: str) -> str:
    """Return the message without the courtesy around it, and once if it is repeated.

    "" if that is the message itself, or nothing.
    """
    if len(text) > MAX_LETTERS or not _may_be_courteous(text):
        return ""
    words = read_words(text)
    command = _say_once(_strip(words))
    return "" if command == words else " ".join(command)


@cache
def _edges() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words with which a courtesy begins, and those with which one ends."""
    parts = [_PARTS.findall(fold_letters(courtesy)) for courtesy in COURTESIES]
    return frozenset(part[0] for part in parts), frozenset(part[-1] for part in parts)


def _may_be_courteous(text: str) -> bool:
    """Tell whether it is worth to look: reading the words of a message takes ten times as long."""
    folded = fold_letters(text)
    parts = _PARTS.findall(folded)
    if not parts:
        return False
    begin, end = _edges()
    return (
        parts[0] in begin
        or parts[-1] in end
        or parts[0] in parts[1 : len(parts) // 2 + 1]
        or (not folded.isascii() and any(affix in folded for affix in chain(*_affixes())))
    )


def _strip(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without courtesies at their beginning and end."""
    longest = max(map(len, _courtesies()))
    before = None
    while words and words != before:
        before = words
        for count in range(min(longest, len(words)), 0, -1):
            if words[:count] in _courtesies():
                words = words[count:]
            if words and words[-count:] in _courtesies():
                words = words[:-count]
        words = _strip_affixes(words)
    return words


def _strip_affixes(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or words[0].isascii():
        return words
    before, behind = _affixes()
    begins = next((affix for affix in before if words[0].startswith(affix)), "")
    ends = next((affix for affix in behind if words[-1].endswith(affix)), "")
    first, *others = (words[0].removeprefix(begins), *words[1:])
    *others, last = (first, *others)
    return tuple(word for word in (*others, last.removesuffix(ends)) if word)


def _say_once(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words once where they are the same ones several times: "stop stop stop"."""
    for count in range(1, len(words) // 2 + 1):
        if words == words[:count] * (len(words) // count):
            return words[:count]
    return words
