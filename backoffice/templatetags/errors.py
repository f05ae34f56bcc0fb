"""The way from the head of a page to the first field with an error."""

from collections.abc import Iterator
from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def first_error(context: template.Context) -> Any:
    """Return the first field of a page's forms that has an error, if there is one."""
    return next((field for form in _forms(context) for field in form if field.errors), None)


def _forms(context: template.Context) -> Iterator[Any]:
    """Return the forms of a page in the order in which they stand there."""
    if adminform := context.get("adminform"):
        yield adminform.form
    for inline in context.get("inline_admin_formsets") or ():
        yield from inline.formset.forms
    if cl := context.get("cl"):
        yield from cl.formset.forms if getattr(cl, "formset", None) else ()
    if (form := context.get("form")) and not context.get("adminform"):
        yield form
