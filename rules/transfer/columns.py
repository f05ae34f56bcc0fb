"""Files of other tools: which of their columns is what in a rule.

Canned responses, macros and saved replies have a title or a shortcut, a text, and much that rules
do not have. The columns are guessed, staff look at the guess, and what is not theirs is left out.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tablib import Dataset

from rules.record import CARDS, FIELDS, label_of
from rules.transfer import flaws, markup, objects
from rules.transfer.formats import COLUMNS, NOT_GIVEN, refuse_flaws
from rules.transfer.limits import UnreadableError

LEFT_OUT = ""  # instead of the name of a field
MAX_SAMPLES = 3  # values of a column that are shown
MAX_SAMPLE_LENGTH = 80
# What other tools call them, the surest first; written as simplify() leaves them.
HEADERS: Mapping[str, Sequence[str]] = {
    "name": (
        "name", "title", "macro name", "macro title", "rule", "response name", "template name",
        "reply name", "topic", "question", "subject", "summary", "label", "titel", "bezeichnung",
        "nom", "titre", "nombre", "titulo", "nome", "название", "назва", "заголовок", "имя",
    ),
    "keywords": (
        "keywords", "keyword", "words", "trigger words", "triggers", "trigger", "phrases",
        "short code", "shortcode", "shortcut", "shortcuts", "bang", "command", "slash command",
        "abbreviation", "code", "key", "alias", "aliases", "intent", "kurzel", "stichworter",
        "raccourci", "atajo", "atalho", "ключевые слова", "ключові слова", "слова", "шаблон",
    ),
    "reply": (
        "reply", "content", "body", "text", "message", "answer", "response", "reply text",
        "body text", "message text", "content text", "plain text", "comment", "comment value",
        "reply body", "template", "body html", "content html", "html", "description", "antwort",
        "nachricht", "inhalt", "reponse", "contenu", "respuesta", "mensaje", "contenido",
        "resposta", "mensagem", "ответ", "текст", "сообщение", "відповідь", "повідомлення",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file, as staff see it. field: what it is in a rule, or LEFT_OUT."""

    title: str
    samples: list[str]
    field: str


def describe(dataset: Dataset, fields: Sequence[str]) -> list[Column]:
    """Return the columns of a file with a few of their values."""
    titles = [title or f"Column {number}" for number, title in enumerate(dataset.headers, 1)]
    return [
        Column(title, _choose_samples(dataset.get_col(number)), fields[number])
        for number, title in enumerate(titles)
    ]


def _choose_samples(values: Sequence[Any]) -> list[str]:
    texts = dict.fromkeys(" ".join(to_text(value).split()) for value in values)
    shown = [text for text in texts if text][:MAX_SAMPLES]
    cut = MAX_SAMPLE_LENGTH
    return [text if len(text) <= cut else f"{text[:cut].rstrip()}…" for text in shown]


def list_choices() -> list[tuple[str, str]]:
    """Return what a column can be: the usual three first."""
    fields = [*HEADERS, *(name for name in COLUMNS if name not in HEADERS)]
    return [(LEFT_OUT, "— left out —"), *((name, label_of(name)) for name in fields)]


def guess(dataset: Dataset) -> list[str]:
    """Return for each column the field that it seems to be, or LEFT_OUT.

    Beyond the usual three only in a file that has names and words as we call them: a macro that is
    "active" at another tool was not meant to answer by itself.
    """
    titles = [simplify(title) for title in dataset.headers]
    fields = [LEFT_OUT] * len(titles)
    is_nearly_ours = {"name", "keywords"} <= set(dataset.headers)
    for name in COLUMNS if is_nearly_ours else HEADERS:
        known = (simplify(name), *HEADERS.get(name, ()))
        places = [titles.index(title) for title in known if title in titles]
        free = [place for place in places if fields[place] == LEFT_OUT]
        if free:
            fields[free[0]] = name
    _guess_by_values(dataset, fields)
    return fields


def _guess_by_values(dataset: Dataset, fields: list[str]) -> None:
    """The longest texts are the reply. Without a title, the words are the name too."""
    lengths = {
        place: sum(len(to_text(value)) for value in dataset.get_col(place))
        for place, name in enumerate(fields)
        if name == LEFT_OUT
    }
    if "reply" not in fields and lengths:
        fields[max(lengths, key=lambda place: lengths[place])] = "reply"
    if "name" not in fields and "keywords" in fields:
        fields[fields.index("keywords")] = "name"


def simplify(title: str) -> str:
    """Short_Code, short-code and "Short code" are one."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(title)).replace("_", " ")
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFD", spaced.casefold()))
    return " ".join(re.findall(r"\w+", plain))


def find_problem(fields: Sequence[str]) -> str:
    """Say in a sentence what is wrong with a choice of fields; nothing if it can be read so."""
    for name in fields:
        if name != LEFT_OUT and name not in COLUMNS:
            return f"Rules have no field {name!r}. The fields are: {', '.join(COLUMNS)}."
        if name != LEFT_OUT and list(fields).count(name) > 1:
            return f"Choose one column only for {label_of(name)!r}."
    if "name" not in fields:
        return "Choose the column that has the names of the rules: rules are found by it."
    return ""


def apply(dataset: Dataset, fields: Sequence[str]) -> Dataset:
    """Return the rows with the chosen columns alone, under the names of their fields.

    Rows without a reply are left out: macros may do other things. Raises UnreadableError.
    """
    if len(fields) != len(dataset.headers):
        raise UnreadableError("The file has other columns than those that were chosen.")
    if problem := find_problem(fields):
        raise UnreadableError(problem)
    chosen = [(place, name) for place, name in enumerate(fields) if name != LEFT_OUT]
    refuse_flaws(
        [_mark_object(row[place], f"{number}, {dataset.headers[place]!r},", name)]
        for number, row in enumerate(dataset, 1)
        for place, name in chosen
    )
    rules = Dataset(headers=[name for _, name in chosen])
    for row in dataset:
        values = [_read(name, row[place]) for place, name in chosen]
        if "reply" not in fields or values[rules.headers.index("reply")]:
            rules.append(values)
    if not len(rules):
        raise UnreadableError("No row of this file has a reply.")
    return rules


def count_left_out(dataset: Dataset, rules: Dataset) -> int:
    """Return how many rows had no reply."""
    return len(dataset) - len(rules)


def _read(name: str, value: Any) -> Any:
    if name == CARDS or value is NOT_GIVEN:
        return value
    text = to_text(value)
    if name == "keywords":
        return "\n".join(filter(None, map(make_keyword, text.splitlines())))
    if name in ("reply", "other_replies"):
        return markup.to_text(text)
    return text.strip() if name in FIELDS else text


def _mark_object(value: Any, place: str, name: str) -> Any:
    """Return a value of JSON, as a Flaw if it is an object or a list without a text."""
    if name == CARDS or not isinstance(value, dict | list) or objects.find_text(value) is not None:
        return value
    return flaws.Flaw("", f"Row {place} is an object or a list without a text.")


def to_text(value: Any) -> str:
    if value is None or value is NOT_GIVEN:
        return ""
    if isinstance(value, dict | list):
        return objects.find_text(value) or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a new rule is made of: without words it gets its name, and it is not active.

    The titles of another tool were not chosen to be found in what customers write: staff read them
    before they answer anybody.
    """
    whole = {"active": False, **given}
    if not whole.get("keywords") and "match" not in given:
        whole["keywords"] = make_keyword(str(given.get("name", "")))
    return whole


def make_keyword(title: str) -> str:
    """Return what a customer may write: of /refund_policy, or of "Billing::Refund policy"."""
    last = title.rsplit("::", 1)[-1].strip()
    bare = re.sub(r"^[/!#:;\\~.>]+", "", last)
    spaced = bare if " " in bare else re.sub(r"(?<=[^\W\d_])[_-](?=[^\W\d_])", " ", bare)
    return " ".join(spaced.replace("_", " ").split())
