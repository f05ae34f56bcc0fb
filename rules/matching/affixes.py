"""Small words that are attached to the word they belong to.

Korean puts a particle after a noun; Arabic and Hebrew write "the", "and" and some prepositions in
front of it, alone or one after another. The word is found with them, too: 가격이 asks for 가격,
السعر and وبالسعر for سعر, ובמחיר for מחיר.

Korean is also written without spaces: 배송비얼마예요 asks for 배송비 and for 얼마. There a word
ends where a particle or a word of a question begins; 가격표 goes on, and is another word than 가격.
"""

import re
from collections.abc import Container, Iterator

_SUFFIXES = (
    "은 는 이 가 을 를 의 에 도 만 로 와 과 랑 요 나 께 들 으로 에서 에게 한테 부터 까지 하고 이랑"
    " 처럼 보다 마다 이나 은요 는요 도요 이요 예요 에요 이에요 이예요 인가요 입니다 입니까 인데"
    " 인데요 에는 에도 에서는 에서도 으로는 이라 라는 이라는 들은 들이"
)
# Few other words begin with these: the article, "and", what stands before the article.
_CLEAR_PREFIXES = (
    "ال بال كال لل و وال وبال وكال ولل فال فبال فكال فلل ה ו ב ל וה וב ול ומ וכ וש ושה ומה וכש וכשה"
)
# Many words begin with these letters and are not about the rest: عيد is not meant in بعيد (far),
# nor שקל in משקל (weight). So a long word must follow.
_VAGUE_PREFIXES = (
    "ب ل ك ف وب ول وك فب فل فك מ כ ש מה שה שב של שמ שכ כש כשה ושב ושל ושמ ושמה שמה וכשב וכשל משה"
    " לכש לכשה"
)

_SUFFIX_SET = frozenset(_SUFFIXES.split())
_CLEAR_SET = frozenset(_CLEAR_PREFIXES.split())
_VAGUE_SET = frozenset(_VAGUE_PREFIXES.split())
_LONGEST_AFFIX = 5
_SHORTEST_STEM = 2  # syllables of a Korean word
_SHORTEST_ROOT = 3  # letters of an Arabic or Hebrew word
_SHORTEST_AFTER_VAGUE = 4
_FEMININE = ("ه", "ה")  # the ending, folded, is not of the root: طاقة is not meant in بطاقة

# What says that a new word has begun, whatever comes after it: of questions, of requests, endings.
_KOREAN_WORDS = """
    얼마 언제 어디 어떻게 어떤 어느 무슨 무엇 뭐예요 뭐에요 뭔가요 뭐가 뭐있 몇시 몇일 며칠 몇개
    누가 왜이 이에요 이예요 예요 에요 인가요 입니까 입니다 인데 이죠 이지요 일까요 이고 이면
    이라고 이요 인지 있나요 있어요 있습니 있을까 있는지 있는데 있으면 없나요 없어요 없습니 없는지
    되나요 되요 돼요 됩니 될까요 되는지 됐나요 되었나요 안되나요 안돼요 하나요 해요 합니 할까요
    하는지 했나요 했는데 하는데 하려고 하려면 하면 하고 하고싶 해주 해줘 해도 해야 가능 불가
    주세요 주실 줘요 주나요 주시나요 알려 문의 궁금 원해요 원합니 싶어요 싶은데 필요 부탁 드려요
    드립니다 보내 오나요 와요 올까요 왔나요 걸리나요 걸려요 걸릴까요 나오나요 나와요 어때요
    어떤가요 맞나요 확인 그리고 혹시 아직 지금 오늘 내일 보고싶 주문 구매 받을 받고 같아요 같은데
    괜찮 무료 포함 중인 중이 시작 안왔 안와 안되 안돼 왜 할게 할래 할수 신청 남았 몇 변경 취소
    추천 알수 교환 반품
"""
_QUESTION_WORDS = frozenset(["얼마", "언제", "어디", "어떻게", "뭐예요", "뭔가요", "몇시", "며칠"])
_KOREAN_TAIL = re.compile(
    f"(?:{'|'.join(sorted(_SUFFIXES.split(), key=len, reverse=True))}|좀|두|까지){{0,3}}"
    f"(?:{'|'.join(_KOREAN_WORDS.split())}|$)"
)
_SHORTEST_HEAD = 2  # syllables in front of a word
_LONGEST_STEM = 12
_LONGEST_WORD = 80  # in which words are looked for

# Letters that are typed alone: laughter and tears (ㅋㅋ, ㅠㅠ).
_TYPED_ALONE = re.compile("[\u3131-\u318e]+$")
# A word of other letters, or a number, with Korean behind it or Arabic or Hebrew before it.
_MIXED = re.compile(
    "(?P<head>[^가-힣]+)(?P<ending>[가-힣].*)|(?P<prefix>[א-ת]{1,4}|[ء-ي]{1,4})(?P<rest>[a-z0-9].*)"
)
# Before a word of other letters; some of Arabic's are written apart before its own.
_BEFORE_OTHERS = _CLEAR_SET | _VAGUE_SET | {"في", "عن", "من", "على"}
_TWO_LAM = re.compile("[وف]?لل(.+)")

_ATTACHING = re.compile("[א-ي가-힣\u3131-\u318e]")


def may_be_in(text: str) -> bool:
    """Tell whether a text has letters of a language that attaches words."""
    return not text.isascii() and bool(_ATTACHING.search(text))


def is_korean(word: str) -> bool:
    """Tell whether a word is of a language that may write several as one."""
    return "가" <= word[0] <= "힣"


def strip(word: str) -> Iterator[str]:
    """Return what a word may be without its affixes."""
    word, said = _TYPED_ALONE.sub("", word), word
    if not word:
        return
    if word != said:
        yield word
    if is_korean(word):
        yield from _strip_particle(word)
    elif found := _MIXED.fullmatch(word):
        if found["head"] or found["prefix"] in _BEFORE_OTHERS:
            yield found["head"] or found["rest"]
    elif "א" <= word[0] <= "ي":
        yield from _strip_prefix(word)
        yield from _restore_article(word)


def _strip_particle(word: str) -> Iterator[str]:
    for size in range(1, min(_LONGEST_AFFIX, len(word) - _SHORTEST_STEM) + 1):
        if word[-size:] in _SUFFIX_SET:
            yield word[:-size]


def _strip_prefix(word: str) -> Iterator[str]:
    for size in range(1, min(_LONGEST_AFFIX, len(word) - _SHORTEST_ROOT) + 1):
        if _may_stand_before(word[:size], word[size:]):
            yield word[size:]


def _restore_article(word: str) -> Iterator[str]:
    """In للسعر the article has lost its first letter, and one of لل may be the word's own."""
    found = _TWO_LAM.fullmatch(word)
    if found and len(found[1]) >= _SHORTEST_STEM:
        yield f"ال{found[1]}"
        yield f"ل{found[1]}"


def _may_stand_before(prefix: str, rest: str) -> bool:
    if prefix in _CLEAR_SET:
        return True
    if prefix not in _VAGUE_SET:
        return False
    return len(rest) - rest.endswith(_FEMININE) >= _SHORTEST_AFTER_VAGUE


def find_inside(word: str, listed: Container[str]) -> Iterator[str]:
    """Return the listed words in one that is written without spaces: Korean."""
    word = _TYPED_ALONE.sub("", word)
    if not word or not is_korean(word) or len(word) > _LONGEST_WORD:
        return
    starts = (0, *range(_SHORTEST_HEAD, len(word) - _SHORTEST_STEM + 1))
    for start in starts:
        for end in range(start + _SHORTEST_STEM, min(start + _LONGEST_STEM, len(word)) + 1):
            stem = word[start:end]
            if stem in listed and _ends_there(word, start, end):
                yield stem


def _ends_there(word: str, start: int, end: int) -> bool:
    """Tell whether something else begins at this place of a word; a noun goes on to its end."""
    if end == len(word):
        return start > 0 and word[start:end] in _QUESTION_WORDS
    return bool(_KOREAN_TAIL.match(word, end))
