"""The cards of a rule, on the rule's own page."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.forms import PaginationInlineFormSet

from instagram.limits import MAX_CARDS
from rules.admin.forms import WithAreas
from rules.models import RuleCard


class CardFormSet(PaginationInlineFormSet):  # type: ignore[misc]  # unfold carries no types
    default_error_messages = {
        "too_many_forms": f"One message takes at most {MAX_CARDS} cards.",
    }


class RuleCardInline(WithAreas, StackedInline):  # type: ignore[misc]  # unfold carries no types
    """Whoever may change a rule may change its cards: they are a part of it."""

    model = RuleCard
    formset = CardFormSet
    template = "admin/rules/responserule/cards.html"
    extra = 0
    max_num = MAX_CARDS
    verbose_name_plural = "Carousel cards"
    fields = ("title", "subtitle", "image_url", "url", "buttons", "order")

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        return super().get_formset(request, obj, validate_max=True, **options)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("rules.view_responserule")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        verb = "change" if obj else "add"
        return request.user.has_perm(f"rules.{verb}_responserule")

    has_add_permission = has_delete_permission = has_change_permission
