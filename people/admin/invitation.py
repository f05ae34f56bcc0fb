"""Invitations: made, listed with what became of them, and withdrawn."""

# ruff: noqa: ARG002, FBT001, FBT002 - the signatures are Django's
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminSelectWidget,
)

from audit import trail
from backoffice import parts
from backoffice.ages import stamp
from backoffice.counts import counted
from backoffice.lists import TitledAdmin
from backoffice.reach import Accounts
from conversations.account import access
from people import roles
from people.forms import LimitForm, RoleField, asks_for_accounts, without_button
from people.invitations import links
from people.invitations.models import Invitation

DAYS = (1, 3, 7, 14)
SECRET = "invitation_secret"  # noqa: S105 - of a request: from one step of Django's to the next


class InvitationForm(LimitForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Whom an invitation is for, what it gives, and for how long it is good."""

    days = forms.TypedChoiceField(
        coerce=int,
        choices=[(days, counted(days, "day")) for days in DAYS],
        initial=3,
        label="Good for",
        widget=UnfoldAdminSelectWidget(),
        help_text="The link can be used once, until then.",
    )

    class Meta:
        model = Invitation
        fields = ("who", "roles")

    def read_limit(self) -> Accounts:
        return Accounts()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields.get("roles")
        if field:
            first = field.queryset.filter(name=roles.NEW_PERSON)
            field.initial = [group.pk for group in first]

    def save(self, commit: bool = True) -> Any:
        days = self.cleaned_data["days"]
        chosen = self.cleaned_data.get("accounts") or ()
        self.instance.account_ids = sorted(account.pk for account in chosen)
        self.instance.ends_at = timezone.now() + timedelta(days=days)
        return super().save(commit)


@admin.register(Invitation)
class InvitationAdmin(TitledAdmin):
    """Whoever invites gives no more than they have; a link is shown once."""

    form = InvitationForm
    list_display = ("who", "gives", "by", "made", "state")
    list_display_links = None
    list_before_template = "people/invitations_before.html"
    when_empty = "Nobody has been invited yet."
    actions = ("withdraw",)

    class Media:
        css = {"all": ["backoffice/pages.css", "people/people.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields: list[Any] = ["who", "roles", "days"]
        if asks_for_accounts():
            fields.insert(2, ("accounts", "accounts_shown"))
        return [(None, {"fields": fields if obj is None else ["who", "gives", "by", "state"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("who", "gives", "by", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return links.visible().prefetch_related("roles")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        may: bool = user.has_perm("people.delete_invitation")
        return may

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Offer one button: what is shown next is the link, and nothing else."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**one, **(extra_context or {})})

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        return without_button(super().get_form(request, obj, change=change, **options), "roles")

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **options: Any
    ) -> Any:
        if db_field.name != "roles":
            return super().formfield_for_manytomany(db_field, request, **options)
        return RoleField.of(request.user)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        user: Any = request.user
        setattr(request, SECRET, links.make(obj, user))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        said = f"invited {form.instance.who} with {links.say(form.instance)}"
        trail.record(trail.Kind.INVITATION, said)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> Any:
        """Show the link; it is in this answer and nowhere else."""
        address = request.build_absolute_uri(reverse("invitation"))
        return _show_link(request, self, obj, f"{address}#{getattr(request, SECRET)}")

    @admin.action(description="Withdraw selected invitations", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        count = links.withdraw(queryset)
        if not count:
            messages.info(request, "None of these was open any more. Nothing was changed.")
            return
        messages.success(request, f"Withdrawn: {count}. Their links let nobody in any more.")

    @admin.display(description="Gives")
    def gives(self, invitation: Invitation) -> str:
        names = ", ".join(sorted(role.name for role in invitation.roles.all())) or "no role"
        if not invitation.account_ids:
            return names
        limit = [str(one) for one in access.seen() if one.pk in invitation.account_ids]
        return f"{names}; only {', '.join(limit)}"

    @admin.display(description="Made", ordering="made_at")
    def made(self, invitation: Invitation) -> str:
        return stamp(invitation.made_at)

    @admin.display(description="State")
    def state(self, invitation: Invitation) -> str:
        if invitation.used_at:
            return f"used by {invitation.used_by}, {stamp(invitation.used_at)}"
        if invitation.withdrawn_at:
            return f"withdrawn, {stamp(invitation.withdrawn_at)}"
        open_or_not = "open until" if invitation.is_open else "ended"
        return f"{open_or_not} {stamp(invitation.ends_at)}"


@parts.own_page
def _show_link(
    request: HttpRequest, admin_of: InvitationAdmin, invitation: Invitation, link: str
) -> HttpResponse:
    context = {
        **admin_of.admin_site.each_context(request),
        **parts.context(request),
        "title": "Invitation",
        "invitation": invitation,
        "link": link,
    }
    return TemplateResponse(request, "people/invitation_link.html", context)
