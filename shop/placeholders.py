"""What stands for a value in a text that staff write: {first_name|there}, or as others have it.

Texts are often copied from another tool: {{contact.name}}, %name%, *|FNAME|*, ${first_name}. Where
the meaning is certain it is filled like our own; what is unknown is refused on saving, and never
sent as it is written. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

# The variables of every text; rules.wording.variables has one more.
NAMES = ("first_name", "username", "shop_name", "opening_hours")

# What the names in other tools mean, without signs, capitals and whose they are.
_MEANINGS = {
    "first_name": (
        "firstname fname givenname forename name vorname prénom prenom nombre nome nom имя"
        " імя imię imie jméno meno ime isim ім naam voornaam namn förnamn navn"
        " fornavn nimi etunimi név keresztnév nume prenume όνομα اسم الاسم نام שם नाम"
        " 名前 名字 이름 ชื่อ tên nama ism аты есімі"
    ),
    "username": "username handle",
    "shop_name": "shopname storename businessname brandname pagename",
    "opening_hours": "openinghours businesshours workinghours openingtimes",
    "matched_word": "matchedword",
}
_VARIABLES = {key: name for name, keys in _MEANINGS.items() for key in keys.split()}
# Whose name it is: contact.first_name, customer_name, ticket.requester.name.
_OWNERS = frozenset(
    (
        "contact", "user", "customer", "client", "subscriber", "recipient", "person", "people",
        "member", "lead", "visitor", "profile", "ticket", "requester", "conversation", "sender",
        "buyer", "guest", "instagram", "ig", "insta", "messenger", "facebook", "fb", "cliente",
        "contacto", "kunde", "клиент", "пользователь", "контакт",
    )
)  # fmt: skip
# The same behind the name: "name of the customer", "имя клиента".
_OF_OWNERS = frozenset(
    (
        "customer", "client", "contact", "subscriber", "recipient", "buyer", "cliente", "contacto",
        "kunden", "kundin", "клиента", "клієнта", "кліента", "покупателя", "покупця", "klienta",
        "zákazníka", "klanta", "pelanggan", "العميل", "לקוח", "הלקוח",
    )
)  # fmt: skip
_OF = frozenset(("of", "the", "a", "de", "del", "la", "el", "do", "da", "du", "des", "van", "von"))
# Words by which a text in weaker signs, as [[Sale]] or %off%, shows that it stands for a value.
_VALUES = frozenset(
    (
        "name", "names", "first", "last", "full", "fname", "lname", "firstname", "lastname",
        "fullname", "surname", "username", "user", "id", "contact", "customer", "client",
        "subscriber", "recipient", "requester", "email", "mail", "phone", "mobile", "address",
        "order", "tracking", "company", "city", "country", "date", "time", "today", "product",
        "link", "url", "code", "amount", "total", "price", "nombre", "apellido", "nome", "prénom",
        "prenom", "vorname", "nachname", "имя", "имени", "фамилия", "телефон", "заказ", "заказа",
        "імя", "прізвище", "замовлення", "адрес", "адреса", "клиент", "клиента", "pedido",
        "cliente", "bestellung", "bestellnummer", "kunde", "commande", "ordine", "zamówienie",
    )
)  # fmt: skip
# Those that stand for a value also alone in plain signs, as [date]; [order] may be a heading.
_SURE = frozenset(
    (
        "name", "fname", "lname", "firstname", "lastname", "fullname", "surname", "username",
        "email", "phone", "address", "customer", "client", "date", "link", "url", "amount",
        "nombre", "apellido", "prénom", "vorname", "nachname", "имя", "фамилия", "телефон", "адрес",
    )
)  # fmt: skip
# What stands beside them: [INSERT NAME HERE], <your order number>.
_BESIDE = frozenset(
    (
        "your", "my", "our", "their", "his", "her", "the", "of", "insert", "enter", "add", "put",
        "type", "here", "number", "no", "nr", "num", "numer", "numero", "número", "numéro",
        "nummer", "номер", "ваш", "ваше", "вашего", "tu", "su", "agent", "agents", "staff", "shop",
        "store",
        "business", "brand", "de", "del", "du",
    )
)  # fmt: skip
_FILTERS = re.compile(
    r"(?:capitali[sz]e|capfirst|title|titlecase|upcase|uppercase|upper|downcase|lowercase|lower"
    r"|strip|trim|escape|h|e|safe|raw|first|html|striptags)\b.*",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    r"\b(?:default|fallback|default_if_none|default_value)\b(?:\s*[:=(]|(?=\s*[\"'“‘]))\s*(?P<said>.*)",
    re.IGNORECASE,
)
_QUOTES = "\"'“”‘’"
_INNER = re.compile(
    r"(?P<name>[^\W\d][\w.'’ʼ -]*?)\s*"
    r"(?:(?P<sign>\|\||\?\?|\||,|:|\?|/|=(?!=)|\s[oO][rR]\s)\s*(?P<rest>.*))?",
    re.DOTALL,
)
_WORD = r"[^\W\d](?:[\w.-]*\w)?"
_SHORT = r"[^\W\d](?:[\w.-]{0,59}\w)?"
# By the signs around them. Nobody writes the strong ones for anything else; between the others
# there must be something that looks like a value.
_STRONG = {
    "empty": r"(?P<empty>\{\}|\{\{\s*\}\})",
    "double": r"\{\{\{?(?P<double>(?:\$\{[^{}\n]{0,99}\}|[^{}]){1,199})\}?\}\}",
    "tag": r"\{%(?P<tag>[^\n]{1,199}?)%\}",
    "script": r"<%[=-]?(?P<script>[^\n]{1,199}?)%>",
    "percent_square": r"\[%(?P<percent_square>[^\n]{1,199}?)%\]",
    "merge": r"\*\|(?P<merge>[^|*<>\s][^|*<>\n]{0,99}(?:\|[^|*<>\n]{0,99})?)\|\*",
    "sigil": r"[$#@%]\{(?P<sigil>[^{}\n]{1,199})\}",
    "python": r"%\((?P<python>\w+)\)s",
    "force": r"\{[!$@%](?P<force>[^{}\n]{1,199})\}",
}
_WEAK = {
    "square": r"\[\[(?P<square>[^\[\]\n]{1,199})\]\]",
    "angle": r"<<(?P<angle>[^<>\n]{1,199})>>",
    "percents": r"(?<![\w%])%%(?P<percents>[^%\s][^%\n]{0,99}?)%%(?![\w%])",
    "percent": rf"(?<![\w%])%(?P<percent>{_WORD}(?: \w+)?)%(?![\w%])",
}
_PLAIN = {
    "hash": rf"(?<![\w#])#(?P<hash>{_WORD})#(?![\w#])",
    "one_square": r"\[{1,2}(?P<one_square>[^\[\]{}\n]{1,60})\]{1,2}(?!\()",
    "one_angle": r"<{1,2}(?P<one_angle>[^\W\d][^<>{}\n]{0,59})>{1,2}",
    "rounds": r"\(\((?P<rounds>[^(){}\n]{1,60})\)\)",
    "lines": r"(?<!\w)__(?P<lines>[^\W_](?:\w{0,59}?[^\W_])?)__(?!\w)",
    "dollar": r"(?<![\w$])\$(?P<dollar>[^\W\d]\w*)",
}
# What is left of one that nobody closed, or that has another one inside.
_BROKEN = {
    "printed": r"(?<![\w%])(?P<printed>%(?:\d\$)?[sd@])(?!\w)",
    "unclosed": rf"(?P<unclosed>[$#@%]?\{{{{1,3}}[ \t]*{_SHORT}(?:(?: \w{{1,30}}){{0,2}}[ \t]*\|)?"
    rf"|(?:\[\[|<<|\*\|)[ \t]*{_SHORT})",
    "unopened": rf"(?P<unopened>(?<![\w.]){_SHORT}\}}{{1,3}})",
}
# Also where a brace is missing at one side.
_OURS = {"ours": r"\{{1,3}(?P<ours>[^{}]{1,199})\}{1,3}"}
_SIGNS = re.compile(
    "|".join(
        pattern
        for styles in (_STRONG, _WEAK, _OURS, _PLAIN, _BROKEN)
        for pattern in styles.values()
    )
)
# Our own signs around what is no word of a language: {0}, {1}, {order_id}, {smile}; not {SALE10}.
_NUMBER = re.compile(r"\d{1,2}")
_IDENTIFIER = re.compile(r"[^\W\d](?:[\w.]*\w)?")
_LOOSE_SIGNS = ("?", "/", "=")  # before a default only in our own signs: {first_name/there}
MOST_WORDS = 3  # of a name in our signs that is not one word, as {order id}
_GAP = "\x00"  # marks what was replaced by nothing
_PERHAPS = re.compile(r"[{}\[<%$#*]|\(\(|__")  # faster than to look for all of them
# As keyboards of East Asia write them.
_WIDE = str.maketrans(
    {"【": "[", "】": "]"} | {chr(ord(sign) + 0xFEE0): sign for sign in "{}[]<>%$#|_()"}
)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place for a value. name: our variable, or "" where nobody knows what is meant.

    shown: how it is written, without what is said instead. is_whole: it has its beginning and end.
    """

    start: int
    end: int
    name: str
    default: str
    shown: str
    is_whole: bool = True


def find_placeholders(text: str) -> Iterator[Placeholder]:
    """Return the places for values in a text, from left to right."""
    plain = text if text.isascii() else text.translate(_WIDE)
    if not _PERHAPS.search(plain):
        return
    for match in _SIGNS.finditer(plain):
        style = match.lastgroup or ""
        if style in _BROKEN:
            if style == "printed" or _is_broken(match[0]):
                yield Placeholder(*match.span(), "", "", match[0], is_whole=style == "printed")
            continue
        found = _read(style, match[style])
        if found:
            name, default, written = found
            shown = f"{{{written}}}" if style == "ours" else match[0]
            yield Placeholder(*match.span(), name, default, shown)


def fill(
    text: str, values: Mapping[str, str], quote: Callable[[str], str] = lambda value: value
) -> str:
    """Replace the placeholders by their values; an unknown one by its default, or by nothing.

    quote: how a value is written where it stands, as in a link.
    """
    pieces, done = [], 0
    for place in find_placeholders(text):
        value = values.get(place.name, "").strip() or place.default
        pieces += [text[done : place.start], quote(value) if value else _GAP]
        done = place.end
    return _close_gaps("".join([*pieces, text[done:]])) if done else text


def find_problems(text: str, names: Iterable[str] = NAMES) -> list[str]:
    """Return a sentence for each placeholder that is not one of these."""
    names = tuple(names)
    known = ", ".join(f"{{{name}}}" for name in names)
    unknown = dict.fromkeys(
        (place.shown, place.is_whole)
        for place in find_placeholders(text)
        if place.name not in names
    )
    return [
        f"There is no {shown}; there are {known}."
        if is_whole
        else f"Close {shown} by its own sign, as in {{first_name|there}}. Another placeholder"
        " cannot stand inside."
        for shown, is_whole in unknown
    ]


def find_without_default(text: str) -> list[str]:
    """Return the variables that stand in a text with nothing to say instead."""
    places = find_placeholders(text)
    return list(dict.fromkeys(place.name for place in places if place.name and not place.default))


def _close_gaps(text: str) -> str:
    """Remove the spaces around nothing: "Hello !" becomes "Hello!"."""
    if _GAP not in text:
        return text
    text = re.sub(rf"[ \t]*{_GAP}(?=\s|$)|{_GAP}[ \t]*", _GAP, text)
    text = re.sub(rf"[ \t]+{_GAP}([,.!?;:])", r"\1", text)
    return text.replace(_GAP, "").strip()


def _is_broken(written: str) -> bool:
    """Tell whether a placeholder has lost its beginning or its end: "{name|", "{{order"."""
    named = _read_key(written.strip("{}[]<>*|$#@% \t")) in _VARIABLES
    return written.lstrip("$#@%").startswith("{{") or written[-1] == "|" or named


def _read(style: str, inner: str) -> tuple[str, str, str] | None:
    """Return our variable, the default, and the name as it is written; None: it is only text."""
    if style == "empty":
        return "", "", ""
    inner = _unwrap(inner)
    if not inner:
        return None
    nested = re.sub(r"\$\{([^{}]*)\}", r"\1", inner).strip(" $")
    match = _INNER.fullmatch(nested)
    written, sign, rest = match.group("name", "sign", "rest") if match else (nested, None, None)
    name = _VARIABLES.get(_read_key(written), "") if match and _may_follow(style, sign) else ""
    default = _read_default(style, rest or "")
    if sign in _LOOSE_SIGNS and (_is_of_values(default) or (sign == "?" and ":" in default)):
        name, default = "", ""  # {first_name/last_name}
    if not (name or style in _STRONG or _looks_like_value(style, written, sign)):
        return None
    return name, default if name else default.split("|")[0].strip(), written


def _unwrap(inner: str) -> str:
    """Return what is between signs without the quotes or signs that stand inside of them."""
    inner = inner.strip()
    if inner[:1] in _QUOTES and inner[-1:] in _QUOTES and not re.search(r"[\"“”]", inner[1:-1]):
        inner = inner[1:-1].strip()
    return inner if re.match(r"#(?:if|each|unless|with)\b", inner) else inner.strip("#@:=&~^ ")


def _may_follow(style: str, sign: str | None) -> bool:
    """Tell whether a name is certainly meant where this stands behind it."""
    if style in _PLAIN:
        return not sign or sign.startswith("|")
    return style == "ours" or sign not in _LOOSE_SIGNS


def _read_key(written: str) -> str:
    """Return what is meant, in one word: "Contact.FirstName" is firstname."""
    plain = re.sub(r"['’ʼ](?:s\b)?", "", written)
    plain = re.sub(r"(?<=[a-z\d])(?=[A-Z])", "_", plain)
    words = [word for word in re.split(r"[\W_]+", plain.casefold()) if word]
    if words == ["user", "name"] and "." not in written:
        return ""  # the username, or what the user is called
    while len(words) > 1 and words[0] in _OWNERS:
        words = words[1:]
    if len(words) > 1 and words[-1] in _OF_OWNERS:
        words = words[:-1]
        while len(words) > 1 and words[-1] in _OF:
            words = words[:-1]
    return "".join(words)


def _looks_like_value(style: str, written: str, sign: str | None) -> bool:
    """Tell whether something unknown stands for a value; sign: what stands behind its name."""
    words = _read_value_words(written)
    if style == "ours":
        return _is_ours(written, words, sign)
    if style in _PLAIN and style != "hash":
        joined = _has_joint(written) and not _VALUES.isdisjoint(words)
        return _may_follow(style, sign) and (joined or _is_of_values(written))
    if _VALUES.isdisjoint(words):
        return style in _WEAK and "_" in written
    return len(words) == 1 or style in _WEAK or _has_joint(written)


def _is_ours(written: str, words: list[str], sign: str | None) -> bool:
    if sign:
        return sign.startswith("|") or _has_joint(written)
    if not _IDENTIFIER.fullmatch(written):
        few = len(words) <= MOST_WORDS and not _VALUES.isdisjoint(words)
        return few or bool(_NUMBER.fullmatch(written))
    is_word = len(written) > 1 and not any(map(str.isdigit, written))
    return is_word or _has_joint(written)


def _read_value_words(written: str) -> list[str]:
    written = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"['’ʼ]", "", written))
    return [word for word in re.split(r"[\W_]+", written.casefold()) if word]


def _is_of_values(written: str) -> bool:
    """Tell whether all words speak of a value, as "order number"; one alone must be sure."""
    words = _read_value_words(written)
    if len(words) == 1:
        return words[0] in _SURE
    known = all(word in _VALUES or word in _BESIDE for word in words)
    said = {"name", "names", "id", "number", "no", "nr", "номер"} | _SURE
    return known and not said.isdisjoint(words) and not _VALUES.isdisjoint(words)


def _has_joint(written: str) -> bool:
    return "_" in written or "." in written


def _read_default(style: str, rest: str) -> str:
    """Return what is said where the value is unknown."""
    rest = rest.strip()
    if style == "ours" and not _DEFAULT.match(rest):
        return rest
    if said := _DEFAULT.search(rest):
        return _unquote(said["said"].split("|")[0])
    parts = [part.strip() for part in rest.split("|")]
    return _unquote(next((part for part in parts if not _FILTERS.fullmatch(part)), ""))


def _unquote(said: str) -> str:
    said = said.strip()
    if said[:1] and said[0] in _QUOTES:
        said = re.split(rf"[{_QUOTES}](?=[\s)]*$)", said[1:])[0]
    return said.strip().removesuffix(")").strip() if "(" not in said else said.strip()
