"""The form of a rule, and of a row in the list."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from conversations.account import access, identity
from instagram.limits import MAX_CARDS

# For fields with several lines: how many are shown, and an example.
AREAS = {
    "keywords": (6, "delivery\nshipping\nhow long does it take"),
    "never": (3, "wholesale"),
    "reply": (6, "We deliver in 2 to 4 working days."),
    "other_replies": (4, "It takes 2 to 4 working days.\n===\nTwo to four working days."),
    "public_reply": (3, "We have sent you a message.\n===\nThe answer is in your messages."),
    "quick_replies": (4, "Sizes\nDelivery\nTalk to a person"),
    "buttons": (3, "Our shop = https://shop.example\nTalk to a person"),
}


class AccountsField(forms.MultipleChoiceField):
    """The accounts that a rule is for, kept as lines with their Instagram IDs."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=list_accounts, required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return value.split("\n") if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return "\n".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial or ""), data or [""])


def list_accounts(chosen: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return our accounts as choices, those of which Meta has said who they are.

    chosen: by their Instagram IDs, those that stay a choice even where they may not be seen, or are
    none of ours any more: what nobody unticks is kept.
    """
    rows = access.seen()
    seen = {account.instagram_id: str(account) for account in rows if account.instagram_id}
    others = {one: identity.accounts().called(one) for one in chosen if one not in seen}
    return [*seen.items(), *others.items()]


class WithAreas(BaseModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Gives each field with several lines its height and its example."""

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        if db_field.name == "accounts":
            return AccountsField(
                label=capfirst(str(db_field.verbose_name)),
                help_text="Leave all unticked for every account.",
            )
        if db_field.name in AREAS:
            rows, example = AREAS[db_field.name]
            attributes = {"rows": rows, "placeholder": example}
            options["widget"] = UnfoldAdminTextareaWidget(attrs=attributes)
        return super().formfield_for_dbfield(db_field, request, **options)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if isinstance(field := self.fields.get("accounts"), AccountsField):
            field.choices = list_accounts(self.instance.account_list())

    def clean(self) -> dict[str, Any] | None:
        """Tell the rule whether it will have cards: they are saved after the rule is checked."""
        if total := self.data.get("cards-TOTAL_FORMS", ""):
            self.instance.cards_to_come = any(
                self.data.get(f"cards-{number}-title", "").strip()
                and not self.data.get(f"cards-{number}-DELETE")
                for number in range(min(int(total), MAX_CARDS + 1) if total.isdecimal() else 0)
            )
        return super().clean()


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A row of the list: problems of fields that it does not show stand above it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():  # the head of a column is no label to a reader
            field.widget.attrs["aria-label"] = f"{name.capitalize()}: {self.instance.name}"

    def add_error(self, field: str | None, error: Any) -> None:
        by_field = getattr(error, "error_dict", {})
        if isinstance(error, ValidationError) and not by_field.keys() <= self.fields.keys():
            error = ValidationError(error.messages)
        super().add_error(field, error)
