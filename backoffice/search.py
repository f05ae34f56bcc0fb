"""How staff find things: capitals and accents make no difference, on both databases.

`name__finds="jose"` finds José, `name__reads="Повернення"` is true of повернення. SQLite's own LIKE
knows only the capitals of English, and PostgreSQL's ILIKE no accents.
"""

import re
import unicodedata
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup, TextField

# Accents, and the vowel signs of Hebrew and Arabic. In the words of PostgreSQL, too.
_MARKS = r"[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u065f\u0670]"
_ACCENTS = re.compile(_MARKS)
# In the order in which they are replaced: й and ї are letters of their own, without any accent.
_LETTERS = {"и\u0306": "й", "і\u0308": "ї", "ß": "ss", "æ": "ae", "œ": "oe"}  # noqa: RUF001 - a Cyrillic i
_SIGNS = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ə": "e", "ς": "σ", "’": "'", "ʼ": "'"}  # noqa: RUF001
_TABLE = str.maketrans(_SIGNS)
SQLITE_FUNCTION = "without_case_and_accents"


def fold(text: str) -> str:
    """Return a text without capitals and accents; what is written otherwise may be the same."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).lower()
    for letter, instead in _LETTERS.items():
        plain = plain.replace(letter, instead)
    return _ACCENTS.sub("", plain.translate(_TABLE))


def _fold_value(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


def add_function(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Teach a new connection to SQLite how to fold."""
    if connection.vendor == "sqlite":
        raw: Any = connection.connection
        raw.create_function(SQLITE_FUNCTION, 1, _fold_value, deterministic=True)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _fold_on_postgresql(column: str) -> str:
    """Return the expression that folds as fold() does, with what every PostgreSQL has."""
    plain = f"lower(normalize({column}, NFKD))"
    for letter, instead in _LETTERS.items():
        plain = f"replace({plain}, {_quote(letter)}, {_quote(instead)})"
    signs, instead_of = _quote("".join(_SIGNS)), _quote("".join(_SIGNS.values()))
    plain = f"translate({plain}, {signs}, {instead_of})"
    plain = f"regexp_replace({plain}, '{_MARKS}', '', 'g')"
    is_ascii = f"octet_length({column}) = char_length({column})"  # most texts: no need to look
    return f"(CASE WHEN {is_ascii} THEN lower({column}) ELSE {plain} END)"


class Folding(Lookup):
    """A comparison of a folded column with a folded text."""

    is_true = "{} = {}"

    def get_prep_lookup(self) -> str:
        return fold(str(self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        term, given = self.process_rhs(compiler, connection)
        if connection.vendor == "sqlite":
            folded, times = f"{SQLITE_FUNCTION}({column})", 1
        else:
            folded = _fold_on_postgresql(column)
            times = folded.count(column)
        return self.is_true.format(folded, term), (*[*params] * times, *given)


class Reads(Folding):
    lookup_name = "reads"


class Finds(Folding):
    lookup_name = "finds"

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        self.is_true = "instr({}, {}) > 0"
        return self.as_sql(compiler, connection)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        self.is_true = "strpos({}, {}) > 0"
        return self.as_sql(compiler, connection)


def register() -> None:
    """Give all columns of text the two lookups."""
    for field in (CharField, TextField):
        for lookup in (Finds, Reads):
            field.register_lookup(lookup)
