"""My notices: what one wants to hear of customers, where, and what one was told."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from audit import trail
from backoffice import ages, parts
from backoffice.read_only import ReadOnlyAdmin
from conversations.account import vault
from conversations.account.vault import SealedError
from conversations.composer import colleagues
from incidents.admin.addressee import AddresseeForm, label_of, send_test
from notices.models import MOST_HOURS, Listener, PersonalNotice
from notices.occasions import LIMIT
from shop import tuning

PAGE = "admin:notices_listener_changelist"
TRIAL = "This is a test. What you want to hear of customers comes here."
NO_ADDRESS = "There is no address yet: save one first."
LATELY_SHOWN = 20


class ListenerForm(AddresseeForm):
    class Meta:
        model = Listener
        fields = ("waits", "closing_hours", "mentions", "whose", "quiet_from", "quiet_until")
        widgets = {
            "whose": forms.RadioSelect,
            "closing_hours": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            "quiet_from": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "quiet_until": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }

    by_mail = forms.BooleanField(required=False)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mail: str = user.email if settings.MAIL_URL else ""
        self.is_by_mail = bool(self.mail) and _read_address(self.instance) == self.mail
        if self.mail:
            self.fields["by_mail"].label = f"E-mail to me at {self.mail}"
            self.initial["by_mail"] = self.is_by_mail
            self.fields["typed"].required = False
        else:
            del self.fields["by_mail"]

    def clean_closing_hours(self) -> int:
        hours: int = self.cleaned_data["closing_hours"]
        if hours > MOST_HOURS:
            raise forms.ValidationError(f"Enter a number from 0 to {MOST_HOURS}; 0 is never.")
        return hours

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        typed, ticked = data.get("typed"), data.get("by_mail")
        if ticked and typed and not self.is_by_mail:
            self.add_error("typed", "Tick the e-mail or type another address, not both.")
        elif ticked and not typed:
            data["typed"] = "" if self.is_by_mail else self.mail
        elif self.mail and typed == "" and (self.is_by_mail or not self.instance.pk):
            self.add_error("typed", "Where do messages go? Tick the e-mail, or type an address.")
        return data

    @transaction.atomic
    def write(self, user: Any) -> None:
        """Write down what somebody wants to hear; what waits is sent as they now want it."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        if typed := self.cleaned_data["typed"]:
            given |= {"address": vault.seal(typed), "error": "", "error_at": None}
            trail.record(trail.Kind.SETTING, "set the address of their own notices")
        row, _ = Listener.objects.update_or_create(user=user, defaults=given)
        if PersonalNotice.objects.pending(row).exists():
            Listener.objects.wake(row.pk, timezone.now())


@admin.register(Listener)
class ListenerAdmin(ReadOnlyAdmin):
    """Everybody who may read conversations has this page, and sees their own alone."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.show), name="notices_listener_changelist"),
            path("test/", view(self.send_test), name="notices_listener_test"),
            path("stop/", view(self.stop), name="notices_listener_stop"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return colleagues.may_read(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @method_decorator(parts.own_page)
    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def show(self, request: HttpRequest) -> HttpResponse:
        mine = self._find(request)
        form = ListenerForm(request.POST or None, instance=mine or Listener(), user=request.user)
        if request.method == "POST" and form.is_valid():
            form.write(request.user)
            messages.success(request, "Saved. Send a test message to see that it arrives.")
            return HttpResponseRedirect(reverse(PAGE))
        context = {
            **self.admin_site.each_context(request),
            **parts.context(request),
            "title": "My notices",
            "mine": mine,
            "form": form,
            "limit": f"{tuning.get(LIMIT):g}" if tuning.get(LIMIT) else "",
            "goes_to": label_of(mine) if mine else "",
            "lately": _list_lately(mine) if mine else [],
        }
        return TemplateResponse(request, "notices/page.html", context)

    @method_decorator(require_POST)
    def send_test(self, request: HttpRequest) -> HttpResponse:
        """Send a message now, and say what came of it."""
        mine = self._find(request)
        if mine is None:
            messages.error(request, NO_ADDRESS)
        else:
            send_test(request, mine, TRIAL)
        return HttpResponseRedirect(reverse(PAGE))

    @method_decorator(require_POST)
    def stop(self, request: HttpRequest) -> HttpResponse:
        """Forget the address: nothing is told any more."""
        mine = self._find(request)
        if mine is not None:
            with transaction.atomic():
                mine.delete()
                trail.record(trail.Kind.SETTING, "took the address of their own notices away")
        messages.success(request, "You are told nothing any more, and the address is deleted.")
        return HttpResponseRedirect(reverse(PAGE))

    def _find(self, request: HttpRequest) -> Listener | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Listener | None = Listener.objects.filter(user=request.user.pk).first()
        return found


def _read_address(row: Listener) -> str:
    try:
        return row.read_address() if row.pk else ""
    except SealedError:
        return ""


def _list_lately(mine: Listener) -> list[dict[str, Any]]:
    """Return what was told lately, or is about to be, the newest first."""
    rows = PersonalNotice.objects.filter(listener=mine).select_related("conversation")
    return [
        {
            "at": ages.stamped(row.told_at or row.found_at),
            "what": row.get_occasion_display(),
            "who": row.conversation,
            "state": _say_state(row),
        }
        for row in rows.order_by("-found_at", "-pk")[:LATELY_SHOWN]
    ]


def _say_state(row: PersonalNotice) -> str:
    if row.told_at:
        return "told"
    return "given up: it was not taken for a day" if row.given_up_at else "to be sent"
