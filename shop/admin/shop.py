"""A shop on one page: its name and clock, the week's hours, the first words.

Which shops there are is for the accounts to say: conversations.admin.shop.
"""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.read_only import KeptAdmin
from shop.hours import DAYS, Interval, overlapping
from shop.models import GENERAL, OpenHours, Shop, time_zones

OWN_TIME_ZONE = "Used for the business hours below. Times in this admin follow the general page."


class ShopForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    class Meta:
        widgets = {
            "name": UnfoldAdminTextInputWidget(attrs={"placeholder": "Olena's Flowers"}),
            "disclosure": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "time_zone" in self.fields:  # it is not where one may only read
            names = [(name, name) for name in sorted(time_zones())]
            self.fields["time_zone"].widget = UnfoldAdminSelect2Widget(choices=names)
            if self.instance.account:
                self.fields["time_zone"].help_text = OWN_TIME_ZONE


def _clock() -> forms.TimeField:
    """Return a field that shows the browser's own way to choose a time."""
    return forms.TimeField(
        widget=forms.TimeInput(
            format="%H:%M", attrs={"type": "time", "class": " ".join(INPUT_CLASSES)}
        ),
        error_messages={"required": "Enter both times, or leave both empty for a day off."},
    )


LABELS = {"weekday": "Day", "opens": "Opens", "closes": "Closes"}


class HoursForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    opens, closes = _clock(), _clock()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():  # the head of a column is no label to a reader
            field.widget.attrs["aria-label"] = LABELS.get(name, name)

    def is_day_off(self) -> bool:
        return not (self["opens"].data or self["closes"].data)

    def has_changed(self) -> bool:
        is_new_row = self.empty_permitted
        return super().has_changed() and not (is_new_row and self.is_day_off())


class WeekFormSet(PaginationInlineFormSet):  # type: ignore[misc]  # unfold carries no types
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = "Remove this row"

    def _should_delete_form(self, form: HoursForm) -> bool:
        """A row without times goes, as if it had been removed."""
        return form.is_day_off() or super()._should_delete_form(form)

    def clean(self) -> None:
        """Refuse hours that run into each other."""
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        pair = overlapping(
            Interval(row["weekday"], row["opens"], row["closes"]) for row in rows if row
        )
        if pair:
            raise ValidationError(
                f"{pair[0]} and {pair[1]} overlap. Change one of them, or merge them into one row."
            )


class OpenHoursInline(TabularInline):  # type: ignore[misc]  # unfold carries no types
    """Who may change the shop may change its hours: they are a part of it."""

    model = OpenHours
    verbose_name = "row"
    verbose_name_plural = "Business hours"
    form = HoursForm
    formset = WeekFormSet
    fields = ("weekday", "opens", "closes")
    hide_title = True
    template_before = "admin/shop/shop/hours.html"

    def get_extra(self, request: HttpRequest, obj: Any = None, **options: Any) -> int:
        return len(days_off(obj))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("shop.view_shop")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("shop.change_shop")

    has_add_permission = has_delete_permission = has_change_permission


def days_off(shop: Shop) -> list[int]:
    """Return the weekdays without hours."""
    listed = set(OpenHours.objects.filter(shop=shop.pk).values_list("weekday", flat=True))
    return [day for day in range(len(DAYS)) if day not in listed]


class ShopAdmin(KeptAdmin):
    """The form of a shop; the general one need not be there before somebody saves it."""

    form = ShopForm
    inlines = (OpenHoursInline,)
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", "time_zone")}),
        ("Answers", {"fields": ("answers_several",)}),
        ("First contact", {"fields": ("disclosure", "disclosure_again_days")}),
    )

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return Shop() if found is None and object_id == str(GENERAL) else found

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Show an empty row for each day off, so that the whole week is there to be filled in."""
        options: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        return options | {"initial": [{"weekday": day} for day in days_off(obj)]}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Open the general shop at once, instead of a list of them."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:shop_shop_change", args=[GENERAL]))

    def title_of(self, shop: Shop) -> str:
        return "Shop"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        context |= {"title": self.title_of(options["obj"]), "subtitle": None}
        context["show_save_and_continue"] = False
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response
