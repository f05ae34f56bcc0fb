"""What customers can tap without typing: staff edit it, publish it, and see what Instagram has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice import parts
from backoffice.reach import may_see
from backoffice.read_only import ReadOnlyAdmin
from conversations.account import access, identity, menu
from conversations.account.menu import Published
from conversations.admin import journal
from conversations.admin.connection import may_connect
from conversations.display import menu as display
from conversations.display.connection import Line
from conversations.models import Account, Menu
from instagram.menu import LONGEST, MOST, Option, Part
from rules import taps
from rules.checks.menu import Fate, Judge

PAGE = "admin:conversations_menu_account"
OWN, LINK = "text", "link"  # what answers a tap, where no rule was chosen
SPARE = {Part.ICE_BREAKERS: MOST[Part.ICE_BREAKERS], Part.MENU: 3}  # rows of an empty form
AGAIN = "Look again in a minute."
NOT_SAVED = Line("Not saved yet.", "warn")


@dataclass(frozen=True, slots=True)
class Row:
    """An option as it stands in the form. answer: OWN, LINK, or what names a rule."""

    text: str = ""
    answer: str = ""
    payload: str = ""
    url: str = ""

    @classmethod
    def of(cls, option: Option) -> "Row":
        if option.url:
            return cls(option.text, LINK, url=option.url)
        if taps.rule_of(option.payload) is not None:
            return cls(option.text, option.payload)
        return cls(option.text, OWN, option.payload)

    @property
    def is_blank(self) -> bool:
        return not (self.text or self.answer)

    def option(self) -> Option:
        if self.answer == LINK:
            return Option(self.text, url=self.url)
        return Option(self.text, self.payload if self.answer == OWN else self.answer)


Typed = dict[Part, list[Row]]


def read_rows(posted: Mapping[str, str], part: Part) -> Iterator[Row]:
    """Read the rows of a part, with those that are blank."""
    for number in range(MOST[part]):
        if f"{part}-{number}-text" not in posted:
            return
        names = ("text", "answer", "payload", "url")
        yield Row(*(posted.get(f"{part}-{number}-{name}", "").strip() for name in names))


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
        typed = {part: [Row.of(option) for option in row.wants(part)] for part in Part}
        return self._show(request, account, row, typed)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _act(self, request: HttpRequest, account: Account) -> HttpResponse:
        typed = {part: list(read_rows(request.POST, part)) for part in Part}
        if change := request.POST.get("_rows"):
            changed = change_rows(typed, change)
            return self._show(request, account, menu.of(account), changed, is_saved=False)
        if "_take" in request.POST:
            self._take_over(request, account)
        elif "_look" in request.POST:
            menu.look(account)
        else:
            wanted = {
                part: [one for one in rows if not one.is_blank] for part, rows in typed.items()
            }
            options = {part: [row.option() for row in rows] for part, rows in wanted.items()}
            if any(one.problems(part) for part in Part for one in options[part]):
                return self._refuse(request, account, wanted)
            menu.save(account, options, request.user.get_username())
            journal.write_of(request, account, "Changed the menu and ice breakers.")
            self._finish_saving(request, account)
        return HttpResponseRedirect(reverse(PAGE, args=[account.pk]))

    def _take_over(self, request: HttpRequest, account: Account) -> None:
        menu.take_over(account, request.user.get_username())
        journal.write_of(request, account, "Took over the menu and ice breakers from Instagram.")
        messages.success(request, "Instagram's menu and ice breakers are here now.")

    def _finish_saving(self, request: HttpRequest, account: Account) -> None:
        if "_publish" not in request.POST:
            messages.success(request, "Saved. Customers see it once you publish it.")
        elif not account.token:
            messages.error(request, "Saved, but not published: this account is not connected.")
        else:
            published = menu.publish(account)
            if published.is_done:
                journal.write_of(request, account, "Published the menu and ice breakers.")
            messages.add_message(request, *say(published))

    def _refuse(self, request: HttpRequest, account: Account, typed: Typed) -> HttpResponse:
        response = self._show(
            request, account, menu.of(account), typed, is_saved=False, has_problems=True
        )
        response.status_code = 400
        return response

    def _show(  # noqa: PLR0913 - each is something that it shows
        self,
        request: HttpRequest,
        account: Account,
        row: Menu,
        typed: Typed,
        *,
        is_saved: bool = True,
        has_problems: bool = False,
    ) -> HttpResponse:
        now = timezone.now()
        judge = Judge.saved(account.instagram_id, now)
        several = len(access.seen()) > 1
        return self._render(
            request,
            "menu",
            f"Menu and ice breakers of {account}" if several else "Menu and ice breakers",
            account=account,
            row=row,
            warning=display.warn(row, now),
            has_problems=has_problems,
            differs=row.found_at and not all(map(row.is_same, Part)),
            has_any=any(map(row.has, Part)),
            sections=[
                make_section(
                    part,
                    display.describe(row, part, now) if is_saved else NOT_SAVED,
                    row,
                    typed[part],
                    judge,
                )
                for part in Part
            ],
        )

    def _render(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), **parts.context(request), "title": title}
        return TemplateResponse(request, f"rules/{template}.html", frame | context)


def change_rows(typed: Typed, change: str) -> Typed:
    """Return the rows with one more, without one, or with one a place higher; nothing is saved."""
    what, _, where = change.partition(" ")
    name, _, number = where.partition("-")
    if name not in list(Part):
        return typed
    part = Part(name)
    rows = list(typed[part])
    place = int(number) if number.isdecimal() and int(number) < len(rows) else None
    if what == "add":
        rows.append(Row())
    elif what == "remove" and place is not None:
        del rows[place]
    elif what == "up" and place:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    return {**typed, part: rows}


def say(published: Published) -> tuple[int, str]:
    """Return the level and the words of what became of publishing."""
    if published.is_done:
        return messages.SUCCESS, "Published. Instagram has exactly what is here."
    what = display.name(*published.left)
    if published.unread:
        why = published.problem or published.unread
        return messages.WARNING, f"Saved. It is not known whether Instagram has it: {why} {AGAIN}"
    if published.problem:
        more = f" {AGAIN}" if published.is_unsure else ""
        return messages.ERROR, f"Saved, but not published ({what}): {published.problem}{more}"
    return (
        messages.WARNING,
        f"Saved. Instagram accepted the {what}, but has something else. {AGAIN}",
    )


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A row with what surrounds it on the page."""

    name: str
    row: Row
    choices: Sequence[Choice]
    problems: Sequence[str]
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class There:
    """An option that Instagram has. does: what a tap on it sends or opens."""

    text: str
    does: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part on the page."""

    part: Part
    state: Line
    fields: Sequence[Field]
    there: Sequence[There]
    languages: Sequence[str]
    is_full: bool
    most: int
    longest: int

    @property
    def is_menu(self) -> bool:
        return self.part is Part.MENU


def make_section(part: Part, state: Line, row: Menu, typed: list[Row], judge: Judge) -> Section:
    blank = max(0, SPARE[part] - len(typed))
    rows = [*typed, *(Row() for _ in range(blank))][: MOST[part]]
    return Section(
        part,
        state,
        [_make_field(part, number, one, judge) for number, one in enumerate(rows)],
        [There(option.text, _say_what(option, judge)) for option in row.has(part)],
        row.languages.get(part, ()),
        len(rows) == MOST[part],
        MOST[part],
        LONGEST[part],
    )


def _make_field(part: Part, number: int, row: Row, judge: Judge) -> Field:
    name, choices = f"{part}-{number}", list(_list_choices(part, row, judge))
    if row.is_blank:
        return Field(name, row, choices, (), None)
    option = row.option()
    problems = option.problems(part)
    return Field(name, row, choices, problems, None if problems else judge.tell(option))


def _list_choices(part: Part, row: Row, judge: Judge) -> Iterator[Choice]:
    yield Choice("", "Choose …", not row.answer)
    for rule in judge.every.values():
        value = taps.payload_of(rule.pk)
        off = "" if rule.active else " (off)"
        yield Choice(value, f"Rule {rule}{off}", row.answer == value)
    named = taps.rule_of(row.answer)
    if named is not None and named not in judge.every:
        yield Choice(row.answer, "A rule that was deleted", is_chosen=True)
    yield Choice(OWN, "Whichever rule has this word or code", row.answer == OWN)
    if part is Part.MENU:
        yield Choice(LINK, "A web page", row.answer == LINK)


def _say_what(option: Option, judge: Judge) -> str:
    if option.url:
        return f"opens {option.url}"
    named = taps.rule_of(option.payload)
    if named is None:
        return f"sends {option.payload}"
    rule = judge.every.get(named)
    return f"rule {rule}" if rule else "a rule that was deleted"
