"""Draws the inputs of forms. A list of rules has two hundred and fifty of them."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Django's templates that are one input and nothing else.
INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in (
        "checkbox", "color", "date", "datetime", "email", "hidden", "input", "number", "password",
        "search", "tel", "text", "time", "url",
    )
)  # fmt: skip


class FormRenderer(DjangoTemplates):
    """Django's own, but for single inputs, which it draws to the letter as their templates do.

    A template costs ten times as much, and includes two others.
    """

    def render(
        self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None
    ) -> Any:
        if template_name in INPUTS:
            return _draw_input(context["widget"])
        return super().render(template_name, dict(context), request)


def _draw_input(widget: Mapping[str, Any]) -> SafeString:
    value = widget["value"]
    given = "" if value is None else format_html(' value="{}"', value)
    said = {name: value for name, value in widget["attrs"].items() if value is not False}
    more = format_html_join("", "{}", ((_draw(name, value),) for name, value in said.items()))
    return format_html(
        '<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], given, more
    )


def _draw(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
