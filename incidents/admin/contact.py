"""Contacts: whom instabot tells, at which address, and a message to try it."""

# ruff: noqa: FBT001, FBT002 - the signatures are Django's
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from audit.changes import RecordedAdmin
from backoffice import ages
from backoffice.reach import reach
from backoffice.read_only import SharedAdmin
from conversations.account.vault import SealedError
from incidents import addresses, delivery
from incidents.models import Contact

TRIAL = ("instabot: a test", "This is a test. Messages about incidents come here.")
HELP = (
    "For example mailtos://user:password@example.com?to=anna@example.com,"
    " ntfys://ntfy.sh/a-secret-topic, tgram://bot-token/chat-id, or what Slack, Discord and Teams"
    " show as webhook URL. It is stored encrypted and not shown again."
)
UNREADABLE = "not readable: the key is missing in TOKEN_KEYS"


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    typed = forms.CharField(
        label="Address", max_length=1000, strip=True, help_text=HELP,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    class Meta:
        model = Contact
        fields = ("who", "hears", "quiet_from", "quiet_until", "urgent_anyway", "active")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "typed" in self.fields:
            field = self.fields["typed"]
            field.required = False
            field.help_text = f"Now: {label_of(self.instance)}. Leave it empty to keep that. {HELP}"

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed:
            try:
                addresses.read(typed)
            except addresses.AddressError as error:
                raise ValidationError(str(error)) from None
        return typed

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if bool(data.get("quiet_from")) != bool(data.get("quiet_until")):
            self.add_error("quiet_until", "Quiet hours have a beginning and an end, or neither.")
        return data

    def save(self, commit: bool = True) -> Any:
        if typed := self.cleaned_data["typed"]:
            self.instance.write_address(typed)
            self.instance.error = ""
        return super().save(commit)


def label_of(contact: Contact) -> str:
    """Say where a contact's messages go, and nothing that is secret in it."""
    try:
        return addresses.describe(contact.read_address())
    except SealedError:
        return UNREADABLE


@admin.register(Contact)
class ContactAdmin(RecordedAdmin, SharedAdmin):
    """About all accounts: whoever is limited to some does not see it."""

    form = ContactForm
    list_display = ("who", "goes_to", "hears", "quiet", "last", "active")
    fieldsets = (
        (None, {"fields": ("who", "typed", "active")}),
        (
            "What comes when",
            {"fields": ("hears", "quiet_from", "quiet_until", "urgent_anyway")},
        ),
    )
    when_empty = "Nobody is told of incidents yet. Add yourself."
    change_form_before_template = "incidents/contact_before.html"

    class Media:
        css = {"all": ["backoffice/pages.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.send_test)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/test/", view, name="incidents_contact_test"), *urls]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return reach() is None and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reach() is None and super().has_view_permission(request, obj)

    def describe(self, row: Contact) -> str:
        return f"the contact “{row}”"

    @method_decorator(require_POST)
    def send_test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a message now, and say what came of it."""
        contact = Contact.objects.filter(pk=pk).first()
        if not self.has_change_permission(request, contact):
            raise PermissionDenied
        if contact is None:
            raise Http404
        if error := delivery.send(contact, *TRIAL):
            messages.error(request, f"The test message did not get there: {error}")
        else:
            messages.success(
                request,
                f"{label_of(contact)}: the service has taken the test message. See whether it"
                " arrives.",
            )
        return HttpResponseRedirect(reverse("admin:incidents_contact_change", args=[pk]))

    @admin.display(description="Address")
    def goes_to(self, row: Contact) -> str:
        return label_of(row)

    @admin.display(description="Quiet hours")
    def quiet(self, row: Contact) -> str:
        if row.quiet_from is None or row.quiet_until is None:
            return "none"
        return f"{row.quiet_from:%H:%M}–{row.quiet_until:%H:%M}"

    @admin.display(description="Last message")
    def last(self, row: Contact) -> str:
        if row.error:
            return f"Failed: {row.error}"
        return ages.stamped(row.sent_at) if row.sent_at else "none yet"
