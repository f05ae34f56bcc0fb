"""Numbers: "1,000", "1.000" and "1000" are one, and so are "37,5" and "37.5".

A separator before groups of three digits is left out; another is the decimal point. What is neither
(dates, versions, host addresses, lists such as "36,37,38") stays several numbers.
"""

import re

POINT = "\u2024"  # inside a decimal number; no folded text has one
# Each row of digits is tried once, or the time would grow with the square of its length.
_NUMBER = re.compile("(?<![0-9])[0-9]++(?:[.,'][0-9]++)+")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([.,'])[0-9]{3}(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?")
_DECIMAL = re.compile("[0-9]+[.,][0-9]+")
_HOST_PARTS = 4
_LARGEST_HOST_PART = 255


def has_digits(folded: str) -> bool:
    """Tell whether a folded text has a digit; faster than a pattern, and most texts have none."""
    return any(map(folded.__contains__, "0123456789"))


def read_numbers(folded: str) -> str:
    """Return a folded text with each number as one word, however it is separated."""
    if not has_digits(folded):
        return folded
    return _NUMBER.sub(lambda match: _read_number(match[0]), folded)


def list_separators(folded: str) -> dict[int, str]:
    """Return what each separator of a number becomes, by its place in the folded text."""
    return {
        match.start() + at: new
        for match in _NUMBER.finditer(folded)
        for at, new in _read_separators(match[0]).items()
    }


def _read_number(number: str) -> str:
    separators = _read_separators(number)
    return "".join(separators.get(at, sign) for at, sign in enumerate(number))


def _read_separators(number: str) -> dict[int, str]:
    """Return what each separator becomes; nothing where these are several numbers."""
    places = [at for at, sign in enumerate(number) if not sign.isdigit()]
    if (grouped := _GROUPED.fullmatch(number)) and not _is_host(number):
        return {at: "" if number[at] == grouped[1] else POINT for at in places}
    return dict.fromkeys(places, POINT) if _DECIMAL.fullmatch(number) else {}


def _is_host(number: str) -> bool:
    """Tell 192.168.100.200 from 1.250.000.000."""
    parts = number.split(".")
    return (
        len(parts) == _HOST_PARTS
        and parts[-1] != "000"
        and all(part.isdigit() and int(part) <= _LARGEST_HOST_PART for part in parts)
    )
