"""Entries as a file for spreadsheets."""

import csv
import io
import ipaddress
from collections.abc import Iterator

from django.utils import timezone

from audit import search
from audit.models import Entry
from audit.search import Asked
from backoffice.spreadsheet import guard

MOST_ENTRIES = 10_000
MOST_LOOKS = 3  # where something is searched for: a file is to take two seconds, not ten
BITE = 2_000
HEADS = ("When", "Who", "What", "Kind", "Address")
CUT = "Not all are here: choose fewer days to have the rest."


def write(asked: Asked) -> tuple[bytes, int]:
    """Return a CSV file, UTF-8 by its mark, and how many entries it has.

    No text in it is taken for a formula. Where there are more than a file may have, it says so.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(HEADS)
    count = 0
    for entry in _read(asked):
        if entry is None:
            writer.writerow(["", "", CUT, "", ""])
            break
        writer.writerow(_cells(entry))
        count += 1
    return stream.getvalue().encode("utf-8-sig"), count


def _read(asked: Asked) -> Iterator[Entry | None]:
    """Return the newest entries; None after them where there are more."""
    place, looks, left = None, 0, MOST_ENTRIES
    while True:
        found = search.find(asked, place, min(BITE, left))
        yield from found.rows
        place, left = found.older, left - len(found.rows)
        if place is None:
            return
        looks += found.looked_to is not None
        if not left or looks == MOST_LOOKS:
            yield None
            return


def _cells(entry: Entry) -> list[str]:
    at = timezone.localtime(entry.at).isoformat(sep=" ", timespec="seconds")
    kind = str(Entry.Kind(entry.kind).label)
    return [at, guard(entry.who), guard(entry.says), kind, _address(entry.address)]


def _address(text: str) -> str:
    """Return an address as it is, and what is none as a text."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return guard(text)
    return text
