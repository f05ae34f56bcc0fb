"""One's own second factor: switch it on, new recovery codes, switch it off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import segno
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice import ages, parts
from conversations.account.vault import SealedError
from people import policy
from people.login import refusal, throttle
from people.login.passwords import BusyError
from people.second_factor import destination, enrolment, entrance, verification
from people.second_factor.models import AppDevice, device_of
from people.sessions.page import own_key

View = Callable[..., HttpResponse]
FRAME, ALONE = "backoffice/frame.html", "people/alone.html"
NOT_YOU = "This is not your password."
PROOF, CODE_ALONE = (
    "Your password, or a code from your app",
    "A code from your app, or a recovery code",
)


def _own(view: View) -> View:
    """Open a page to whoever is logged in to the admin, under the policy of our own pages."""
    return cast("View", parts.own_page(admin.site.admin_view(view)))


def _show(request: HttpRequest, template: str, title: str, **said: Any) -> HttpResponse:
    """Show a page: with the sidebar, or without where nothing else is open to this person yet."""
    must = _must(request)
    context = {
        **admin.site.each_context(request),
        **parts.context(request),
        "title": title,
        "is_required": policy.requires_second_factor(),
        "must": must,
        "layout": ALONE if must else FRAME,
        "next": destination.read(request),
        **said,
    }
    return TemplateResponse(request, template, context)


def _must(request: HttpRequest) -> bool:
    """Tell whether somebody can open nothing else before they have a second factor."""
    return policy.requires_second_factor() and not request.session.get(entrance.VERIFIED)


def _go(page: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(page))


def _go_on(request: HttpRequest, step: str) -> HttpResponse:
    """Lead to a next step, and with it to where somebody wanted to go."""
    return HttpResponseRedirect(destination.lead(step, destination.read(request)))


def _called(request: HttpRequest) -> User:
    user: Any = request.user
    assert isinstance(user, User)  # the page asks for it
    return user


@_own
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    user = _called(request)
    return _show(
        request,
        "people/second_factor.html",
        "Second factor",
        device=device_of(user),
        left=enrolment.count_codes(user),
        proof=PROOF if entrance.is_verified(request) else CODE_ALONE,
    )


@_own
@require_GET
def show_requirement(request: HttpRequest) -> HttpResponse:
    """Say to whoever can open nothing else what is required; ask for the code of who has one."""
    if not _must(request):
        return _go("second_factor")
    if device_of(_called(request)) is not None:
        return _go_on(request, "second_factor_code")
    return _show(request, "people/required.html", "A second factor is required")


@_own
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Make the key of a new app; whoever has a second factor switches that off first."""
    if device_of(_called(request)) is not None:
        return _go("second_factor")
    return _begin(request)


def _begin(request: HttpRequest) -> HttpResponse:
    entrance.note_begun(request, enrolment.begin(_called(request)))
    return _go_on(request, "second_factor_set_up")


@_own
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the QR code of the new app; a code of the app switches the second factor on."""
    user, number, error = _called(request), entrance.begun(request), ""
    if device_of(user) is not None:
        return _go("second_factor")
    if request.method == "POST":
        typed = request.POST.get("code", "")
        codes, error = enrolment.confirm(user, number, typed, session=own_key(request))
        if not error:
            entrance.verify(request)
            return _show_codes(request, codes, "Your second factor is on")
    device = enrolment.find_begun(user, number)
    if device is None:
        return _go("second_factor")
    try:
        shown = {"qr": draw(device), "secret": device.secret}
    except SealedError:  # begun before the keys were changed
        return _begin(request)
    return _show(request, "people/set_up.html", "Set up your second factor", error=error, **shown)


def draw(device: AppDevice) -> str:
    """Return the QR code that an app reads, as SVG: dark on white, whatever the theme is."""
    code = segno.make(device.config_url, error="m")
    svg = code.svg_inline(scale=4, border=4, light="#fff", omitsize=True, svgclass="access-qr")
    return mark_safe(svg)  # noqa: S308 - segno's own drawing, of which the address is no part


def _show_codes(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    """Show new recovery codes; they are in this answer and nowhere else."""
    lines = "\n".join(codes)
    return _show(request, "people/recovery_codes.html", title, codes=lines, rows=len(codes))


@_own
@sensitive_post_parameters("proof")
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    user = _called(request)
    if device_of(user) is None or not _proves(request):
        return _go("second_factor")
    return _show_codes(request, enrolment.renew_codes(user), "New recovery codes")


@_own
@sensitive_post_parameters("proof")
@require_POST
def switch_off(request: HttpRequest) -> HttpResponse:
    user = _called(request)
    if device_of(user) is not None and _proves(request):
        enrolment.remove(user, session=own_key(request))
        entrance.forget(request)
        messages.success(request, "Your second factor is off. Your password is enough now.")
    return _go("second_factor")


def _proves(request: HttpRequest) -> bool:
    """Tell whether whoever sits here is the person who is logged in; if not, say why."""
    if doubt := _doubt(request):
        messages.error(request, f"{doubt} Nothing was changed.")
    return not doubt


def _doubt(request: HttpRequest) -> str:
    """Look at a password or a code; return what is wrong with it, or nothing.

    Where no code was shown since the log-in, the password is not enough: whoever knew nothing else
    may sit there since before the second factor was on.
    """
    user, proof = _called(request), request.POST.get("proof", "")
    if verification.is_of_app(proof) or not entrance.is_verified(request):
        return verification.check(user, proof)
    try:
        found = authenticate(request, username=user.get_username(), password=proof)
    except BusyError:
        return refusal.BUSY
    if lock := throttle.lock_of(request):
        return refusal.LOCKED.format(ages.remaining(timedelta(seconds=lock.seconds)))
    return "" if found == user else NOT_YOU
