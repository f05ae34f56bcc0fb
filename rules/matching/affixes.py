"""Small words that are attached to the word they belong to.

Korean puts a particle after a noun; Arabic and Hebrew write "the", "and" and some prepositions in
front of it, alone or one after another. The word is found with them, too: 가격이 asks for 가격,
السعر and وبالسعر for سعر, ובמחיר for מחיר.
"""

import re

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
_VAGUE_PREFIXES = "ب ل ك ف وب ول وك فب فل فك מ כ ש מה שה שב של שמ שכ כש כשה"

_SUFFIX_SET = frozenset(_SUFFIXES.split())
_CLEAR_SET = frozenset(_CLEAR_PREFIXES.split())
_VAGUE_SET = frozenset(_VAGUE_PREFIXES.split())
_LONGEST_AFFIX = 4
_SHORTEST_STEM = 2  # syllables of a Korean word
_SHORTEST_ROOT = 3  # letters of an Arabic or Hebrew word
_SHORTEST_AFTER_VAGUE = 4
_FEMININE = ("ه", "ה")  # the ending, folded, is not of the root: طاقة is not meant in بطاقة

_ATTACHING = re.compile("[א-ي가-힣]")


def may_be_in(text: str) -> bool:
    """Tell whether a text has letters of a language that attaches words."""
    return not text.isascii() and bool(_ATTACHING.search(text))


def strip(word: str) -> list[str]:
    """Return what a word may be without its affixes."""
    first = word[0]
    if "가" <= first <= "힣":
        return [
            word[:-size]
            for size in range(1, min(_LONGEST_AFFIX, len(word) - _SHORTEST_STEM) + 1)
            if word[-size:] in _SUFFIX_SET
        ]
    if "א" <= first <= "ي":
        return [
            word[size:]
            for size in range(1, min(_LONGEST_AFFIX, len(word) - _SHORTEST_ROOT) + 1)
            if _may_stand_before(word[:size], word[size:])
        ]
    return []


def _may_stand_before(prefix: str, rest: str) -> bool:
    if prefix in _CLEAR_SET:
        return True
    if prefix not in _VAGUE_SET:
        return False
    return len(rest) - rest.endswith(_FEMININE) >= _SHORTEST_AFTER_VAGUE
