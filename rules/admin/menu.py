"""What customers can tap without typing: staff edit it, publish it, and see what Instagram has."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice import parts
from backoffice.ages import clock
from backoffice.reach import may_see
from backoffice.read_only import ReadOnlyAdmin
from conversations.account import access, identity, menu
from conversations.admin import journal
from conversations.admin.connection import may_connect
from conversations.display import menu as display
from conversations.display.connection import Line
from conversations.models import Account, Menu
from instagram.menu import Part
from rules.admin import menu_form
from rules.admin.menu_form import Typed
from rules.checks.menu import Judge

PAGE = "admin:conversations_menu_account"
NOT_SAVED = Line("Not saved yet.", "warn")


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What stands in the form and is not saved, and why. seen: what was wanted, by its digest."""

    typed: Typed
    seen: str
    has_problems: bool = False
    has_conflict: bool = False


@admin.register(Menu)
class MenuAdmin(ReadOnlyAdmin):
    """A page for each account in the place of a list of rows."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the signature is Django's
        return may_connect(request)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str) -> URLPattern:
            served = parts.own_page(self.admin_site.admin_view(view))
            return path(route, served, name=f"conversations_menu_{name}")

        return [page("", self.choose, "changelist"), page("<int:pk>/", self.show, "account")]

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Lead on to the only account, or list several."""
        self._check(request)
        rows = access.seen()
        if len(rows) == 1:
            return HttpResponseRedirect(reverse(PAGE, args=[rows[0].pk]))
        return self._render(request, "menu_accounts", "Menu", accounts=rows)

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page of an account, or do what one of its buttons says."""
        self._check(request)
        if identity.read().get(pk) is None or not may_see(pk):
            raise Http404
        account = identity.ready(pk)
        if request.method == "POST":
            return self._act(request, account)
        row = menu.of(account)
        if account.token and menu.is_due(row, timezone.now()):
            row = menu.look(account)
        return self._show(request, account, row)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _act(self, request: HttpRequest, account: Account) -> HttpResponse:
        typed, seen = menu_form.read(request.POST), request.POST.get("seen", "")
        if change := request.POST.get("_rows"):
            unsaved = Unsaved(menu_form.change_rows(typed, change), seen)
            return self._show(request, account, menu.of(account), unsaved)
        try:
            if "_take" in request.POST:
                self._take_over(request, account, seen)
            elif "_look" in request.POST:
                menu.look(account)
            else:
                typed = menu_form.filled(typed)
                if menu_form.has_problems(typed):
                    return self._refuse(request, account, Unsaved(typed, seen, has_problems=True))
                self._save(request, account, typed, seen)
        except menu.ChangedError:
            now_there = menu.of(account).digest  # it is seen on the page that follows
            return self._refuse(request, account, Unsaved(typed, now_there, has_conflict=True))
        return HttpResponseRedirect(reverse(PAGE, args=[account.pk]))

    def _take_over(self, request: HttpRequest, account: Account, seen: str) -> None:
        try:
            menu.take_over(account, request.user.get_username(), seen)
        except menu.NotReadError:
            messages.error(request, display.NOT_READ)
            return
        journal.write_of(request, account, "Took over the menu and ice breakers from Instagram.")
        messages.success(request, "Instagram's menu and ice breakers are here now.")

    def _save(self, request: HttpRequest, account: Account, typed: Typed, seen: str) -> None:
        wanted = menu_form.options(menu_form.said(typed, menu.of(account)))
        if not wanted:
            messages.error(request, display.NOT_TYPED)
            return
        menu.save(account, wanted, request.user.get_username(), seen)
        journal.write_of(request, account, "Changed the menu and ice breakers.")
        if "_publish" not in request.POST:
            messages.success(request, "Saved. Customers see it once you publish it.")
        elif not account.token:
            messages.error(request, "Saved, but not published: this account is not connected.")
        else:
            self._publish(request, account)

    def _publish(self, request: HttpRequest, account: Account) -> None:
        published = menu.publish(account)
        if published.is_done:
            journal.write_of(request, account, "Published the menu and ice breakers.")
            messages.success(request, "Published. Instagram has exactly what is saved here.")
            return
        is_refused = published.problem and not published.unread
        level = messages.ERROR if is_refused else messages.WARNING
        messages.add_message(request, level, f"Saved. {display.explain(published)}")

    def _refuse(self, request: HttpRequest, account: Account, unsaved: Unsaved) -> HttpResponse:
        response = self._show(request, account, menu.of(account), unsaved)
        response.status_code = 409 if unsaved.has_conflict else 400
        return response

    def _show(
        self, request: HttpRequest, account: Account, row: Menu, unsaved: Unsaved | None = None
    ) -> HttpResponse:
        """Show what is wanted, or what stands in the form in its place."""
        now = timezone.now()
        form = unsaved or Unsaved(menu_form.rows_of(row), row.digest)
        judge = Judge.saved(account.instagram_id, now)
        states = {part: NOT_SAVED if unsaved else display.describe(row, part, now) for part in Part}
        several = len(access.seen()) > 1
        return self._render(
            request,
            "menu",
            f"Menu and ice breakers of {account}" if several else "Menu and ice breakers",
            account=account,
            row=row,
            form=form,
            changed=clock(row.changed_at, now) if row.changed_at else "",
            warning=display.warn(row, now),
            differs=row.found_at and not all(map(row.is_same, Part)),
            has_any=any(map(row.has, Part)),
            sections=[
                menu_form.make_section(
                    part, states[part], row, form.typed[part], judge,
                    has_conflict=form.has_conflict,
                )
                for part in Part
            ],
        )  # fmt: skip

    def _render(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), **parts.context(request), "title": title}
        return TemplateResponse(request, f"rules/{template}.html", frame | context)
