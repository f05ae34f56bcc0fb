"""Contacts: whom instabot tells, at which address, and a message to try it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from audit.changes import RecordedAdmin
from backoffice import ages
from backoffice.reach import reach
from backoffice.read_only import SharedAdmin
from incidents.admin.addressee import AddresseeForm, label_of, make_field, send_test
from incidents.models import Contact

TRIAL = "This is a test. Messages about incidents come here."


class ContactForm(AddresseeForm):
    typed = make_field(UnfoldAdminTextInputWidget)

    class Meta:
        model = Contact
        fields = ("who", "account", "hears", "quiet_from", "quiet_until", "urgent_anyway", "active")


@admin.register(Contact)
class ContactAdmin(RecordedAdmin, SharedAdmin):
    """About all accounts: whoever is limited to some does not see it."""

    form = ContactForm
    list_display = ("who", "goes_to", "account", "hears", "quiet", "last", "active")
    fieldsets = (
        (None, {"fields": ("who", "typed", "active")}),
        (
            "What comes when",
            {"fields": ("account", "hears", "quiet_from", "quiet_until", "urgent_anyway")},
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
        send_test(request, contact, TRIAL)
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
