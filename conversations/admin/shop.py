"""The shop's page: the general one, and one of each account that has its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import get_text_list
from django.views.decorators.http import require_POST

from audit import trail
from audit.changes import RecordedAdmin
from audit.trail import Kind
from backoffice.reach import is_seen, may_see, reach
from conversations.account import access, identity
from conversations.admin import journal
from conversations.admin.account import ALL_ACCOUNTS
from conversations.models import Account
from shop.admin import ShopAdmin
from shop.current import current_shop
from shop.models import GENERAL, Shop, row_of
from workqueue import sql


@dataclass(frozen=True, slots=True)
class Tab:
    """A page that a shop may have. is_own: it is the account's own, and not the general one."""

    title: str
    link: str
    is_here: bool
    is_own: bool


@admin.register(Shop)
class AccountShopAdmin(RecordedAdmin, ShopAdmin):
    """With one account, the one form; with several, a tab for all and one for each of them."""

    change_form_before_template = "admin/conversations/shop/before.html"

    class Media:
        css = {"all": ["conversations/shop.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own, general = view(require_POST(self.give_own)), view(self.take_own)
        return [
            path("<int:account>/own/", own, name="shop_shop_own"),
            path("<int:account>/general/", general, name="shop_shop_general"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shop]:
        rows: QuerySet[Shop] = super().get_queryset(request)
        return rows if reach() is None else rows.filter(Q(account=None) | is_seen("account"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The general page is of all accounts: whoever is limited to some reads it."""
        may: bool = super().has_change_permission(request, obj)
        return may and (reach() is None or obj is None or obj.account is not None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form of a shop, or that an account has none of its own."""
        row = sql.row_id(object_id) or 0
        account, tabs = _account_of(row), _make_tabs(row)
        if account and tabs and not Shop.objects.filter(pk=row).exists():
            return self._show_general(request, account)
        extra = {
            "shop_tabs": tabs,
            "shop_account": account,
            "shop_users": _say_users() if row == GENERAL else "",
            **(extra_context or {}),
        }
        shown: HttpResponse = super().change_view(request, object_id, form_url, extra)
        return shown

    def describe(self, row: Shop) -> str:
        account = _account_of(row.pk)
        return f"the shop page of {account}" if account else "the shop page"

    def title_of(self, shop: Shop) -> str:
        account = _account_of(shop.pk)
        return _title(account) if account else super().title_of(shop)

    def _show_general(self, request: HttpRequest, account: Account) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":  # a colleague was quicker
            messages.error(request, f"{account} uses the general page now. Nothing was saved.")
        return self._show(request, "shop_general", account, general=current_shop())

    def _show(
        self, request: HttpRequest, template: str, account: Account, **context: Any
    ) -> HttpResponse:
        shown = {
            **self.admin_site.each_context(request),
            "title": _title(account),
            "opts": self.opts,
            "account": account,
            "media": self.media,
            "shop_tabs": _make_tabs(row_of(account.pk)),
            "may_change": self.has_change_permission(request),
            **context,
        }
        return TemplateResponse(request, f"conversations/{template}.html", shown)

    def give_own(self, request: HttpRequest, account: int) -> HttpResponse:
        """Copy the general page for an account."""
        chosen = self._choose(request, account)
        with transaction.atomic():
            is_new = Shop.objects.give_own(account)
            if is_new:
                self.log_addition(request, Shop.objects.get(pk=row_of(account)), COPIED)
        if is_new:
            journal.write_of(request, chosen, "Given a shop page of its own.")
            messages.success(request, f"{chosen} has its own page now, a copy of the general one.")
        return _lead_to(account)

    def take_own(self, request: HttpRequest, account: int) -> HttpResponse:
        """Ask once more; then let the general page hold for an account again."""
        chosen = self._choose(request, account)
        own = Shop.objects.filter(pk=row_of(account)).first()
        if own is None:
            return _lead_to(account)
        if request.method != "POST":
            return self._show(request, "shop_back", chosen, own=own, general=current_shop())
        with transaction.atomic():
            is_gone = Shop.objects.take_own(account)
            if is_gone:
                trail.record(Kind.SETTING, f"deleted {self.describe(own)}")
        if is_gone:
            journal.write_of(
                request, chosen, "Its own shop page was deleted; the general one holds."
            )
            messages.success(request, f"{chosen} uses the general page again.")
        return _lead_to(account)

    def _choose(self, request: HttpRequest, account: int) -> Account:
        if not self.has_change_permission(request):
            raise PermissionDenied
        chosen = identity.accounts().get(account)
        if chosen is None or not may_see(account):
            raise Http404
        return chosen


COPIED = "Copied from the general page."


def _title(account: Account) -> str:
    return f"Shop of {account}"


def _lead_to(account: int) -> HttpResponse:
    return HttpResponseRedirect(_link(row_of(account)))


def _link(row: int) -> str:
    return reverse("admin:shop_shop_change", args=[row])


def _account_of(row: int) -> Account | None:
    """Return the account whose own shop stands, or would stand, in this row."""
    return next((one for one in access.seen() if row_of(one.pk) == row), None)


def _with_own() -> set[int | None]:
    return set(Shop.objects.exclude(account=None).values_list("account", flat=True))


def _make_tabs(here: int) -> Sequence[Tab]:
    """Return a tab for each page; none where there is only one."""
    accounts, own = access.seen(), _with_own()
    if not (identity.accounts().are_several or own):
        return ()
    every = Tab(ALL_ACCOUNTS, _link(GENERAL), here == GENERAL, is_own=True)
    rows = [(str(one), row_of(one.pk), one.pk in own) for one in accounts]
    return (every, *(Tab(name, _link(row), row == here, is_own) for name, row, is_own in rows))


def _say_users() -> str:
    """Name the accounts that have no page of their own."""
    own = _with_own()
    return get_text_list([str(one) for one in access.seen() if one.pk not in own], "and")
