"""docs/delivery.md explains each verdict once, under the label that the admin shows."""

import re
from pathlib import Path

from conversations.models import Verdict

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/delivery.md"


def test_the_table_of_verdicts_has_each_label_of_the_admin_in_its_order() -> None:
    table = DOCUMENT.read_text().partition("| verdict | meaning |\n")[2].partition("\n\n")[0]
    labels = re.findall(r"^\| ([^-|][^|]*?) \|", table, re.MULTILINE)
    assert labels == Verdict.labels
