"""The forms in which people are added and changed, : in fewer words than Django's."""

# ruff: noqa: FBT001, FBT002 - the signatures are Django's
from typing import Any

from django import forms
from django.contrib.auth.forms import ReadOnlyPasswordHashWidget
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.html import format_html
from unfold.forms import (
    AdminPasswordChangeForm,
    UserChangeForm,
    UserCreationForm,
)
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from backoffice.reach import Accounts, reach
from conversations.account import access
from conversations.models import Account
from people import roles
from people.login.validation import HINT

NOT_SET = "No password is set: nobody can log in here under this name."
TAKEN = "Somebody has this username already."
ACCOUNTS_CHANGED = (
    "This changed after you opened the page. What counts now is ticked here: see that it is right,"
    " and save again."
)


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]  # unfold carries no types
    """Another person's new password; to take it away is to switch the person off."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["password1"].help_text, fields["password2"].help_text = HINT, ""
        fields["password2"].label = "Password again"
        fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> Any:  # noqa: ARG002 - Django's signature
        user = super().save(commit=False)  # takes long: not while others wait
        with transaction.atomic():
            user.save()
        return user


class GuardedForm(forms.Form):
    """Says why a change of rights was not made; nothing that was typed is lost."""

    refusal = ""

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        return cleaned


class RoleForm(GuardedForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """What a role is called, and what it may do."""


class RoleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A choice of roles by name, with what they are for."""

    @classmethod
    def of(cls, giver: Any, *, required: bool = True) -> "RoleField":
        """Return the choice of those that somebody may give."""
        return cls(
            queryset=roles.to_give(giver),
            required=required,
            label="Roles",
            widget=UnfoldAdminCheckboxSelectMultipleWidget(),
            help_text="What each may do is listed under Roles.",
        )

    def label_from_instance(self, obj: Group) -> str:
        meaning = roles.MEANINGS.get(obj.name)
        return f"{obj.name}: {meaning}" if meaning else obj.name


def without_button(form: Any, name: str) -> Any:
    """Return a form whose field of roles has no button for a new role beside it."""
    if name in form.base_fields:
        form.base_fields[name].widget = form.base_fields[name].widget.widget
    return form


# What Django says of a new user, in fewer words.
SAID = {
    "username": ("Username", "Letters, digits and @ . + - _"),
    "usable_password": (
        "Logs in with a password", "No for a system, which has an API token and nothing else.",
    ),
    "password1": ("Password", HINT),
    "password2": ("Password again", ""),
}  # fmt: skip


def asks_for_accounts() -> bool:
    """Tell whether there is a choice of accounts that somebody may be limited to."""
    return len(access.seen()) > 1 or reach() is not None


class LimitForm(forms.Form):
    """Which accounts a person is limited to; asked for where there are several.

    A page may have been opened long ago, before there were several or before somebody else limited
    the person. It says by accounts_shown what stood there; by what did not, nobody sees more.
    """

    accounts = forms.ModelMultipleChoiceField(
        queryset=Account.objects.none(),
        required=False,
        label="Only these accounts",
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="None ticked: all accounts, later ones too. A superuser sees all.",
    )
    accounts_shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "accounts" not in self.fields:
            return
        field: Any = self.fields["accounts"]
        field.queryset = Account.objects.seen().order_by("pk")
        self.limit = self.read_limit()
        self.initial["accounts"] = self.limit
        self.initial["accounts_shown"] = _say_limit(self.limit)
        if reach() is not None:
            field.required = True
            field.help_text = "Of those that you see yourself. At least one."
            field.error_messages["required"] = "Tick at least one account."

    def read_limit(self) -> Accounts:
        """Return the accounts that the person is limited to now; none: all."""
        user: Any = self.instance  # type: ignore[attr-defined]  # a person's form
        return access.limit_of(user) if user.pk else Accounts()

    def clean_accounts(self) -> Any:
        ticked, shown = self.cleaned_data["accounts"], self.data.get("accounts_shown")
        if shown == _say_limit(self.limit) or not asks_for_accounts() or (ticked and not shown):
            return ticked
        if not shown and self.limit:  # there were no boxes, so nothing ticked says nothing
            return self.fields["accounts"].queryset.filter(pk__in=self.limit)  # type: ignore[attr-defined]  # a choice has one
        self.data: Any = self.data.copy()  # shown now is what counts, not what was ticked before
        self.data.setlist("accounts", sorted(self.limit))
        self.data["accounts_shown"] = _say_limit(self.limit)
        raise forms.ValidationError(ACCOUNTS_CHANGED)


def _say_limit(accounts: Accounts) -> str:
    return ",".join(map(str, sorted(accounts))) or "all"


class PasswordState(ReadOnlyPasswordHashWidget):
    """Whether there is a password; Django would show how it is kept."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        label = "A password is set." if has_password(value) else NOT_SET
        return {**context, "summary": [{"label": label}]}


def has_password(kept: str | None) -> bool:
    return bool(kept) and is_password_usable(kept)


class ChangeForm(GuardedForm, LimitForm, UserChangeForm):  # type: ignore[misc]  # unfold carries no types
    """Somebody who is there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        if "password" in fields:
            offer = "Set a new one" if has_password(self.instance.password) else "Set one"
            fields["password"].widget = PasswordState()
            fields["password"].help_text = format_html(
                '<a href="../password/" class="link">{}</a>', offer
            )
        if "username" in fields:
            fields["username"].error_messages["unique"] = TAKEN


class PersonForm(GuardedForm, LimitForm, UserCreationForm):  # type: ignore[misc]  # unfold carries no types
    """Somebody new: whoever gets a role here is to log in here."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, (label, hint) in SAID.items():
            self.fields[name].label, self.fields[name].help_text = label, hint
        self.fields["username"].error_messages["unique"] = TAKEN
        fields: Any = self.fields
        fields["usable_password"].choices = [("true", "Yes"), ("false", "No")]
        if "groups" in fields:
            first = fields["groups"].queryset.filter(name=roles.NEW_PERSON)
            fields["groups"].initial = [group.pk for group in first]

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = True
        return super().save(commit)
