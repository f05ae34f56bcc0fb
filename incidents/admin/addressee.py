"""An address that messages go to: its form, with quiet hours, and a message to try it."""

# ruff: noqa: FBT001, FBT002 - the signatures are Django's
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from conversations.account.vault import SealedError
from incidents import addresses, delivery
from incidents.models import Addressee

BY_SERVER = "mailtos://user:password@example.com?to=anna@example.com"
BY_MAIL = "anna@example.com"  # enough where instabot has a mail server
HELP = (
    "For example {}, ntfys://ntfy.sh/a-secret-topic, tgram://bot-token/chat-id, or what Slack,"
    " Discord and Teams show as webhook URL. It is stored encrypted and not shown again."
)
TRIAL = "instabot: a test"
UNREADABLE = "not readable: the key is missing in TOKEN_KEYS"


def make_field(widget: type[forms.TextInput]) -> forms.CharField:
    """Return the field in which an address is typed."""
    drawn = widget(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label="Address", max_length=1000, strip=True, widget=drawn)


class AddresseeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """What is typed as address replaces the one that is kept; nothing typed keeps it."""

    typed = make_field(forms.TextInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "typed" not in self.fields:
            return
        field = self.fields["typed"]
        field.help_text = HELP.format(BY_MAIL if settings.MAIL_URL else BY_SERVER)
        if self.instance.pk:
            field.required = False
            kept = f"Now: {label_of(self.instance)}. Leave it empty to keep that."
            field.help_text = f"{kept} {field.help_text}"

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


def label_of(addressee: Addressee) -> str:
    """Say where messages go, and nothing that is secret in it."""
    try:
        return addresses.describe(addressee.read_address())
    except SealedError:
        return UNREADABLE


def send_test(request: HttpRequest, to: Addressee, says: str) -> None:
    """Send a message now, and tell whoever asked what came of it."""
    if error := delivery.send(to, TRIAL, says):
        messages.error(request, f"The test message did not get there: {error}")
    else:
        said = f"{label_of(to)}: the service has taken the test message. See whether it arrives."
        messages.success(request, said)
