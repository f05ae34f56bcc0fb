"""The frame of our own pages looks as Unfold's: its colours are kept in a file, and its theme."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders
from unfold.settings import CONFIG_DEFAULTS


def test_the_colours_in_our_file_are_unfolds() -> None:
    told = Path(str(finders.find("backoffice/colors.css"))).read_text()
    ours = dict(re.findall(r"--color-([\w-]+): (.+);", told))
    unfolds = {
        f"{name}-{weight}": value
        for name, weights in CONFIG_DEFAULTS["COLORS"].items()
        for weight, value in weights.items()
    }
    assert ours == unfolds
