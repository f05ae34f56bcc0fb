"""What does not matter between two texts."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from rules.folding import fold


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_letter_folds_to_what_stays() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    assert [one for one in letters if fold(fold(one)) != fold(one)] == []
