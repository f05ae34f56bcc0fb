"""Where a page of the admin lies: what it is called, and the pages above it."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.db.models import Model
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst

register = template.Library()


@dataclass(frozen=True, slots=True)
class Step:
    """A page above another one, and the words of the link that leads back to it."""

    title: str
    link: str


@register.simple_tag(takes_context=True)
def way(context: Context) -> list[Step]:
    """Return the pages above this one, the highest first: its place in the menu, then its thing."""
    place, thing = _find_place(context), _find_thing(context)
    return [step for step in (place, thing) if step and not _is_here(context, step)]


@register.simple_tag(takes_context=True)
def heading(context: Context) -> str:
    """Return what a page of Unfold's is called: as in the menu, as its thing, or by its title."""
    place, thing = _find_place(context), _find_thing(context)
    if changes := context.get("cl"):
        is_in_menu = place and _is_here(context, place)
        return place.title if place and is_in_menu else capfirst(changes.opts.verbose_name_plural)
    if thing and _is_here(context, thing):
        return thing.title
    title = str(context.get("title") or "")
    return capfirst(title.removesuffix(f": {thing.title}") if thing else title)


def _find_place(context: Context) -> Step | None:
    """Return the list or page in the menu that this one belongs to, filtered as it was left."""
    for group in context.get("sidebar_navigation") or ():
        for item in group["items"]:
            if item.get("active"):
                return Step(str(item["title"]), _keep_filters(context, str(item["link"])))
    return None


def _keep_filters(context: Context, link: str) -> str:
    kept: dict[str, Any] = {key: context.get(key) for key in ("opts", "preserved_filters")}
    return str(add_preserved_filters(kept, link)) if all(kept.values()) else link


def _find_thing(context: Context) -> Step | None:
    """Return the page of what this page is about, if whoever asks may open it."""
    thing = context.get("original") or context.get("object")
    if not isinstance(thing, Model):
        return None
    model_admin: Any = admin.site.get_model_admin(type(thing))
    if not model_admin.has_view_permission(context["request"], thing):
        return None
    meta = model_admin.opts
    try:
        link = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk])
    except NoReverseMatch:
        return None
    return Step(str(thing), link)


def _is_here(context: Context, step: Step) -> bool:
    path: str = context["request"].path
    return step.link.partition("?")[0] == path
