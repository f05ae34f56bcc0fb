"""Small words that are written onto the word they belong to.

Korean puts a particle behind a noun, Arabic and Hebrew write "the", "and" and some prepositions in
front of it; with them the word is still the word: 가격이 asks for 가격, السعر for سعر.
"""

import re

_PARTICLES = (
    "은 는 이 가 을 를 의 에 도 만 로 와 과 랑 요 나 께 들 으로 에서 에게 한테 부터 까지 하고 이랑"
    " 처럼 보다 마다 이나 은요 는요 도요 이요 예요 에요 이에요 이예요 인가요 입니다 입니까 인데"
    " 인데요 에는 에도 에서는 에서도 으로는 이라 라는 이라는 들은 들이"
)
_ARTICLES = "ال وال بال كال فال لل و ה ו וה ב ל מ ש שה"

_BEHIND = frozenset(_PARTICLES.split())
_BEFORE = frozenset(_ARTICLES.split())
_LONGEST = 4
_STEM = 2  # syllables of a Korean word
_ROOT = 3  # letters of an Arabic or Hebrew word

_WRITTEN_SO = re.compile("[א-ي가-힣]")


def are_written_in(text: str) -> bool:
    """Return whether a text has letters of a language that writes so."""
    return not text.isascii() and bool(_WRITTEN_SO.search(text))


def without(word: str) -> list[str]:
    """Return what a word may be without what is written onto it."""
    first = word[0]
    if "가" <= first <= "힣":
        return [
            word[:-size]
            for size in range(1, min(_LONGEST, len(word) - _STEM) + 1)
            if word[-size:] in _BEHIND
        ]
    if "א" <= first <= "ي":
        return [
            word[size:]
            for size in range(1, min(_LONGEST, len(word) - _ROOT) + 1)
            if word[:size] in _BEFORE
        ]
    return []
