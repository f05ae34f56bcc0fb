"""What people write around a command: "please stop!", "STOP, thank you" and "stop stop" are "stop".

A table: one phrase of courtesy per language and way to say it. Add to it freely; it is only looked
at for the rules that stop or start the bot.
"""

import re
import unicodedata
from functools import cache
from itertools import chain

from rules.matching.folding import fold, fold_letters, read_words

COURTESIES = (
    "please", "pls", "plz", "plse", "pretty please", "kindly", "thanks", "thank you", "thx", "ty",
    "many thanks", "thank you very much", "thanks a lot", "thank u", "tysm", "ok thanks",
    "ok thank you",
    "ta", "cheers", "if you please",
    "bitte", "bitte sehr", "danke", "danke schön", "dankeschön", "vielen dank", "besten dank",
    "mal bitte", "jetzt bitte",
    "s'il vous plaît", "s'il te plaît", "svp", "s.v.p.", "stp", "s.t.p.", "merci", "merci beaucoup",
    "merci bien", "je vous prie", "je t'en prie",
    "por favor", "porfavor", "porfa", "xfa", "gracias", "muchas gracias", "mil gracias",
    "por fa", "se lo ruego", "te lo ruego", "x favor",
    "obrigado", "obrigada", "muito obrigado", "muito obrigada", "pf", "p.f.", "pfv", "p.f.v.",
    "pfvr",
    "se faz favor", "faz favor", "faça favor",
    "per favore", "per piacere", "per cortesia", "grazie", "grazie mille", "si us plau", "sisplau",
    "gràcies", "moltes gràcies",
    "alsjeblieft", "alstublieft", "aub", "a.u.b.", "ajb", "svp", "dank je", "dank je wel", "dank u",
    "dank u wel", "dankjewel", "dankuwel", "bedankt", "graag",
    "tack", "snälla", "takk", "vær så snill", "vennligst", "tak", "venligst", "kiitos", "ole hyvä",
    "tack så mycket", "snälla du", "är du snäll", "vänligen", "tusen takk", "er du snill",
    "mange tak",
    "vær så god", "vær venlig", "olkaa hyvä", "palun", "aitäh", "lūdzu", "paldies", "prašau",
    "prašom", "ačiū", "të lutem", "ju lutem", "faleminderit",
    "proszę", "dziękuję", "dzięki", "prosím vás", "prosím", "děkuji", "díky", "ďakujem", "prosim",
    "hvala",
    "molim", "molim te", "molim vas", "prosim vas", "hvala lijepa", "hvala lepa", "hvala vam",
    "dziękuję bardzo", "bardzo proszę", "děkuju", "ďakujem pekne", "köszönöm", "köszi",
    "köszönöm szépen",
    "kérem", "kérlek", "légy szíves", "legyen szíves", "legyenek szívesek", "lécci", "vă rog",
    "va rog",
    "vă rog frumos", "te rog", "te rog frumos", "mulțumesc", "mersi",
    "пожалуйста", "пожалуйсто", "пож", "плиз", "плз", "плиз плиз", "пжл", "пжлст", "пжста", "пж",
    "спс", "спасибо", "спасибо большое", "большое спасибо", "прошу", "прошу вас", "благодарю",
    "будь ласка", "будьласка", "прошу тебе", "дякую", "дуже дякую", "щиро дякую", "калі ласка",
    "дзякуй", "моля", "благодаря",
    "молим", "молим те", "молим вас", "моля ви", "моля те", "мерси", "хвала", "өтінемін", "рахмет",
    "сұраймын",
    "lütfen", "lutfen", "teşekkürler", "teşekkür ederim", "rica ederim", "rica ediyorum", "artık",
    "artık lütfen", "sağol", "sağolun",
    "sağ ol", "sağ olun", "təşəkkürlər", "təşəkkür edirəm", "çox sağ ol", "xahiş edirəm",
    "zəhmət olmasa",
    "iltimos", "rahmat", "илтимос", "раҳмат", "παρακαλώ", "σας παρακαλώ", "σε παρακαλώ",
    "ευχαριστώ",
    "ευχαριστώ πολύ", "გთხოვთ", "გთხოვ", "გმადლობთ", "მადლობა", "խնդրում եմ", "շնորհակալություն",
    "من فضلك", "من فضلكم", "لو سمحت", "لو سمحتم", "رجاء", "رجاءً", "الرجاء", "الرجا", "ارجوك",
    "أرجوك", "ارجوكم",
    "أرجوكم", "لو تكرمت", "لو تكرمتم", "بليز", "شكرا", "شكرا لك", "شكرا لكم", "شكرا جزيلا",
    "لطفا", "لطفاً",
    "خواهشا", "خواهش میکنم", "خواهش می کنم", "ممنونم", "متشکرم", "سپاس",
    "ممنون", "مرسی", "براہ کرم", "برائے مہربانی", "پلیز", "شکریہ", "בבקשה", "בבקשה תודה",
    "אנא", "נא", "תודה", "תודה רבה", "פליז",
    "कृपया", "प्लीज़", "प्लीज", "धन्यवाद", "शुक्रिया", "जी", "भाई", "यार", "ji", "bhai", "yaar",
    "yar", "shukriya",
    "দয়া করে", "প্লিজ", "ধন্যবাদ", "தயவுசெய்து", "நன்றி", "దయచేసి", "ధన్యవాదాలు",
    "tolong", "tolong ya", "tlg", "mohon", "terima kasih", "terimakasih", "makasih", "makasi",
    "trims",
    "ya", "yaa", "yah", "ya kak", "kak", "min", "gan", "mas", "mbak", "pak", "bu", "dong", "donk",
    "deh",
    "lah", "aja", "saja", "sila", "ye", "pakiusap", "paki", "po", "naman", "na po", "naman po",
    "salamat",
    "salamat po",
    "làm ơn", "vui lòng", "xin vui lòng", "cảm ơn", "cám ơn", "xin cảm ơn", "xin", "ạ", "nhé",
    "nha", "nhe",
    "đi", "đi ạ", "đi nhé", "nhé ạ", "nha ạ", "với ạ", "giúp", "giúp em", "giúp tôi", "giúp mình",
    "shop ơi",
    "shop nhé", "shop ạ", "tafadhali", "tafadhalini", "asante", "asanteni",
    "제발", "부탁해요", "부탁드립니다", "부탁합니다", "감사합니다", "고맙습니다", "감사해요",
    "주세요",
    "해주세요", "해 주세요", "해줘", "해 줘", "해줘요", "해 주십시오", "해주십시오", "부탁해",
    "부탁드려요",
    "좀", "바랍니다", "부탁",
)  # fmt: skip
# Of scripts that put no spaces between words: written onto the command, before or behind it.
BEFORE = (
    "请",
    "請",
    "请你",
    "请您",
    "請你",
    "請您",
    "我要",
    "我想",
    "快",
    "もう",
    "ขอ",
    "รบกวน",
    "ขอความกรุณา",
    "麻烦",
    "麻煩",
    "拜托",
    "どうか",
    "กรุณา",
    "โปรด",
    "ช่วย",
    "សូម",
)
BEHIND = (
    "谢谢", "謝謝", "吧", "啊", "呀", "啦", "了", "好吗", "好嗎", "谢谢你", "謝謝你", "谢谢您",
    "麻烦了", "麻煩了",
    "でお願いします", "でお願い", "お願い", "お願いいたします", "おねがいします", "ね", "よ",
    "頂けますか", "いただけますか", "してもらえますか", "していただけますか",
    "해주세요", "해주십시오", "해주시겠어요", "해주실래요", "해줘요", "해줘", "하세요",
    "하십시오", "해요", "해", "할게요",
    "할래요", "합니다", "시켜주세요", "부탁해요", "부탁드려요", "부탁드립니다", "바랍니다", "요",
    "좀요",
    "นะคะ", "นะค่ะ", "นะครับ", "นะคับ", "นะจ๊ะ", "นะ", "น้า", "คับ", "ค้า", "ค่า", "จ้า", "จ้ะ",
    "ที", "เถอะ",
    "ได้แล้ว", "เลย", "แล้ว", "ได้ไหม", "ได้มั้ย", "ให้หน่อย", "ให้ด้วย",
    "してください", "して下さい", "ください", "下さい", "お願いします",
    "をお願いします", "ありがとう", "ครับ", "ค่ะ", "คะ", "ด้วย", "หน่อย", "ขอบคุณ",
)  # fmt: skip
_PARTS = re.compile(r"\w+")
_REPEATED = re.compile(r"(?<![\w-])(\w+)(?:-\1)+(?![\w-])")  # "stop-stop"
MAX_LETTERS = 100  # of a message that may be nothing but a command


@cache
def _courtesies() -> frozenset[tuple[str, ...]]:
    return frozenset(read_words(courtesy) for courtesy in COURTESIES)


@cache
def _affixes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return those before and those behind a command, the longest first."""
    before, behind = (sorted(map(fold, affixes), key=len) for affixes in (BEFORE, BEHIND))
    return tuple(before[::-1]), tuple(behind[::-1])


# Without its accents it is another word, too: đúng, "right". So it must be written with them.
_ONLY_AS_WRITTEN = frozenset(("dừng",))


def is_another_word(keyword: str, text: str) -> bool:
    """Tell whether the text has only the letters of this command, and with others means another."""
    plain = unicodedata.normalize("NFC", keyword.casefold())
    return plain in _ONLY_AS_WRITTEN and plain not in unicodedata.normalize("NFC", text.casefold())


def read_command(text: str) -> str:
    """Return the message without the courtesy around it, and once if it is repeated.

    "" if that is the message itself, or nothing.
    """
    if len(text) > MAX_LETTERS or not _may_be_courteous(text):
        return ""
    words = read_words(text)
    command = _say_once(_strip(read_words(_REPEATED.sub(r"\1", fold_letters(text)))))
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
