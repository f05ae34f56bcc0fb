"""An input is drawn to the letter as Django's template would."""

from itertools import product
from typing import Any

import pytest
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from backoffice.renderer import INPUTS, FormRenderer

VALUES = [
    None, "", "Ten euros", 0, 20, 1.5, False, True, "<b>\"'&", mark_safe("&amp;"), ("a", "b"),
]  # fmt: skip
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"id": "id_name", "class": "px-3 after:content-['']", "min": 0, "step": 0.5},
    {"required": True, "disabled": False, "aria-label": 'Name of "Price"'},
    {"placeholder": None, "data-<odd>": "<odd>", "title": mark_safe("&rarr;")},
]


@pytest.mark.table
@pytest.mark.parametrize("template", sorted(INPUTS))
def test_an_input_is_drawn_as_by_its_template(template: str) -> None:
    for value, attributes in product(VALUES, ATTRIBUTES):
        widget = {"type": "text", "name": "form-0-<name>", "value": value, "attrs": attributes}
        drawn = FormRenderer().render(template, {"widget": widget})
        assert drawn == DjangoTemplates().render(template, {"widget": widget})


def test_other_widgets_are_drawn_by_their_templates() -> None:
    widget = {"name": "note", "value": "a < b", "attrs": {"rows": 3}}
    html = FormRenderer().render("django/forms/widgets/textarea.html", {"widget": widget})
    assert html == '<textarea name="note" rows="3">\na &lt; b</textarea>'
