"""Small words that are attached to the word they belong to.

Korean puts a particle after a noun; Arabic and Hebrew write "the", "and" and some prepositions in
front of it. The word is found with them, too: 가격이 asks for 가격, السعر for سعر.
"""

import re

_SUFFIXES = (
    "은 는 이 가 을 를 의 에 도 만 로 와 과 랑 요 나 께 들 으로 에서 에게 한테 부터 까지 하고 이랑"
    " 처럼 보다 마다 이나 은요 는요 도요 이요 예요 에요 이에요 이예요 인가요 입니다 입니까 인데"
    " 인데요 에는 에도 에서는 에서도 으로는 이라 라는 이라는 들은 들이"
)
_PREFIXES = "ال وال بال كال فال لل و ה ו וה ב ל מ ש שה"

_SUFFIX_SET = frozenset(_SUFFIXES.split())
_PREFIX_SET = frozenset(_PREFIXES.split())
_LONGEST_AFFIX = 4
_SHORTEST_STEM = 2  # syllables of a Korean word
_SHORTEST_ROOT = 3  # letters of an Arabic or Hebrew word

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
            if word[:size] in _PREFIX_SET
        ]
    return []
