"""What the link of an invitation opens: somebody new chooses a name and a password.

The secret of a link stands behind its `#`, which browsers send nowhere: it is in no log of ours or
of a proxy. A script of the page posts it; without scripts one pastes the link.
"""

from typing import Any

from django.contrib import auth
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from backoffice import parts, people
from people import owners
from people.forms import TAKEN
from people.invitations import links
from people.login.validation import HINT

# What a browser may fill in, or remember.
TOLD = {"username": "username", "first_name": "given-name", "last_name": "family-name"}


class JoinForm(BaseUserCreationForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who somebody new is; what they may do is the invitation's to say."""

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name")
        labels = {"username": "Username", "first_name": "First name", "last_name": "Last name"}
        help_texts = {"username": "You log in with it. Letters, digits and @ . + - _"}
        error_messages = {"username": {"unique": TAKEN}}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("first_name", "last_name"):
            self.fields[name].required = True
        first, again = self.fields["password1"], self.fields["password2"]
        first.label, first.help_text = "Password", HINT
        again.label, again.help_text = "Password again", ""
        for name, told in TOLD.items():
            self.fields[name].widget.attrs["autocomplete"] = told
        self.fields["username"].widget.attrs["autofocus"] = not self.is_bound

    def validate_password_for_user(self, user: User, field: str = "password1") -> None:
        """Say what is wrong with the password where it was chosen, not where it was repeated."""
        super().validate_password_for_user(user, field)  # type: ignore[misc] # not in the stubs


@parts.own_page
@sensitive_post_parameters("link", "password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show the form to whoever has a link that is good; let in whoever has filled it in."""
    secret = request.POST.get("link", "").rpartition("#")[2].strip()
    if not secret:
        return _page(request)
    try:
        invitation = links.find(secret)
        form = JoinForm(request.POST if "username" in request.POST else None)
        if form.is_bound and form.is_valid():
            return _let_in(request, links.accept(secret, form))
    except links.InvitationError as error:
        return _page(request, error=str(error))
    except IntegrityError:  # somebody else has just taken it
        form.add_error("username", TAKEN)
    return _page(request, form=form, secret=secret, by=people.called(invitation.by))


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    auth.logout(request)
    auth.login(request, user, backend=owners.BACKEND)
    return HttpResponseRedirect(reverse("admin:index"))


def _page(request: HttpRequest, **said: Any) -> HttpResponse:
    context = {"title": "Invitation", "site_header": "instabot", **parts.context(request), **said}
    return TemplateResponse(request, "people/invitation.html", context)
