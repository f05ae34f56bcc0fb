"""What an owner decides of others' second factors: whether all need one, and to take one away."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backoffice import parts
from backoffice.reach import reach
from people import owners, policy
from people.second_factor import enrolment, entrance
from people.second_factor.models import AppDevice, device_of

LIST = "admin:auth_user_changelist"
METHODS = ["GET", "HEAD", "POST"]
YOURS_FIRST = "Switch on your own second factor first. Nothing was changed."
IS_ON = "Everybody needs a second factor now, the next time they open a page."
IS_OFF = "Everybody decides for themselves again."


def may_require(request: HttpRequest, admin: Any) -> bool:
    """Tell whether somebody may decide it for all: whoever may change people of all accounts."""
    return reach() is None and admin.has_change_permission(request)


@parts.own_page
@require_http_methods(METHODS)
def show_requirement(request: HttpRequest, admin: Any) -> HttpResponse:
    if not may_require(request, admin):
        raise PermissionDenied
    if request.method == "POST":
        with owners.change_by(request):
            if not may_require(request, admin):
                raise PermissionDenied
            _decide(request, required=request.POST.get("required") == "yes")
        return HttpResponseRedirect(request.path)
    devices = AppDevice.objects.filter(confirmed=True)
    without = User.objects.filter(is_active=True, is_staff=True).exclude(
        pk__in=devices.values("user")
    )
    return _page(
        request, admin, "people/requirement.html", "Second factor for everybody",
        is_required=policy.requires_second_factor(),
        without=without.order_by("username"),
        is_verified=entrance.is_verified(request),
        has_one=device_of(request.user) is not None,
    )  # fmt: skip


def _decide(request: HttpRequest, *, required: bool) -> None:
    if required and not entrance.is_verified(request):
        messages.error(request, YOURS_FIRST)
        return
    policy.require_second_factor(required=required)
    messages.success(request, IS_ON if required else IS_OFF)


@parts.own_page
@require_http_methods(METHODS)
def take_away(request: HttpRequest, admin: Any, pk: int) -> HttpResponse:
    """Ask, and take somebody's second factor away: their phone is lost.

    One's own goes on one's own page, which asks for a proof.
    """
    if _find(request, admin, pk).pk == request.user.pk:
        return HttpResponseRedirect(reverse("second_factor"))
    if request.method == "POST":
        with owners.change_by(request):
            user = _find(request, admin, pk)
            said = f"{user.get_username()} logs in with the password alone now."
            if enrolment.remove(user):
                messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))
    user = _find(request, admin, pk)
    return _page(
        request, admin, "people/take_away.html", "Take a second factor away",
        person=user, original=user, has_one=device_of(user) is not None,
        is_required=policy.requires_second_factor(),
    )  # fmt: skip


def _find(request: HttpRequest, admin: Any, pk: int) -> User:
    """Return a person whom whoever asks may change."""
    if not admin.has_change_permission(request):
        raise PermissionDenied
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise Http404
    if not admin.has_change_permission(request, user):
        raise PermissionDenied
    return user


def _page(request: HttpRequest, admin: Any, template: str, title: str, **said: Any) -> HttpResponse:
    context = {
        **admin.admin_site.each_context(request),
        **parts.context(request),
        "title": title,
        **said,
    }
    return TemplateResponse(request, template, context)
