"""The people who may log in, and what they may do: roles, picked by name."""

# ruff: noqa: FBT001, FBT002 - the signatures are Django's
from collections.abc import Collection
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, ManyToManyField, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from audit import trail
from backoffice.ages import stamped
from backoffice.counts import counted
from backoffice.lists import TitledAdmin
from backoffice.reach import within
from conversations import waiting
from conversations.account import access
from conversations.models import Account
from people import policy, roles
from people.admin import second_factor
from people.admin.guard import Facts, GuardedAdmin
from people.admin.sessions import AccessPage
from people.forms import (
    SAID,
    ChangeForm,
    NewPasswordForm,
    PersonForm,
    RoleField,
    asks_for_accounts,
    without_button,
)
from people.models import AppDevice, Because
from people.sessions import endings

NOT_YOURS = "This person may do more than you may. Ask a superuser."
ALL_RIGHTS = (
    "A superuser may do everything without having a role, and alone may make other people"
    " superusers. Keep one or two, for emergencies, and give everybody else a role."
)
FILTERS = ("is_active", "groups")  # by which the list can be asked

admin.site.unregister(User)


class RoleFilter(admin.RelatedFieldListFilter):
    """Those who have a role; Django would call it a group."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = "role"


@admin.register(User)
class PersonAdmin(AccessPage, GuardedAdmin, UserAdmin, TitledAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Nobody changes a person who may do more than they may themselves, or gives more than that."""

    kind, what = trail.Kind.PERSON, "person"
    form = ChangeForm
    add_form = PersonForm
    add_form_template = "admin/change_form.html"  # without a promise of more fields
    change_password_form = NewPasswordForm
    change_user_password_template = "people/new_password.html"  # noqa: S105 - a path
    list_display = ("username", "full_name", "has_roles", "is_active", "has_device", "last_seen")
    list_before_template = "people/people_before.html"
    readonly_fields = ("second_factor",)
    list_filter = (FILTERS[0], (FILTERS[1], RoleFilter))
    filter_horizontal = ("user_permissions",)
    when_empty = "Nobody yet."
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username", "first_name", "last_name", "groups",
                    "usable_password", "password1", "password2",
                ),
            },
        ),
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "second_factor", "groups")}),
    )
    limits = ("Accounts", {"fields": (("accounts", "accounts_shown"),)})
    # For superusers alone, and folded away.
    all_rights = (
        "Every right, or single ones",
        {
            "fields": ("is_superuser", "user_permissions"),
            "classes": ["collapse"],
            "description": ALL_RIGHTS,
        },
    )

    class Media:
        css = {"all": ["backoffice/pages.css", "people/people.css"]}

    def get_urls(self) -> list[URLPattern]:
        """Add the pages about everybody's second factor, and about one person's."""
        view = self.admin_site.admin_view
        return [
            path(
                "second-factor/",
                view(partial(second_factor.show_requirement, admin=self)),
                name="auth_user_requirement",
            ),
            path(
                "<int:pk>/second-factor/",
                view(partial(second_factor.take_away, admin=self)),
                name="auth_user_take_away",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        said = {
            "is_required": policy.requires_second_factor(),
            "may_require": second_factor.may_require(request, self),
        }
        return super().changelist_view(request, {**said, **(extra_context or {})})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = self.add_fieldsets if obj is None else self.fieldsets
        if asks_for_accounts():
            found = (*found, self.limits)
        if obj is None or not request.user.is_superuser:
            return found
        return (*found, self.all_rights)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        labels = {
            "is_active": "May log in", "is_staff": "Uses these pages", "groups": "Roles",
            "is_superuser": "Superuser", "user_permissions": "Single rights",
        }  # fmt: skip
        hints = {
            "username": SAID["username"][1],
            "is_active": "Switch off instead of deleting: what they did keeps their name.",
            "is_staff": "Off for a system, which has an API token and nothing else.",
            "is_superuser": "May do everything.",
            "user_permissions": "In addition to those of the roles.",
        }
        form = super().get_form(
            request, obj, change=change, labels=labels, help_texts=hints, **options
        )
        return without_button(form, "groups")

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **options: Any
    ) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **options)
        return RoleField.of(request.user, required=False)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and (obj is None or _covers(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_delete_permission(request, obj)
        return may and (obj is None or _covers(request, obj))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        if not all(_covers(request, user) for user in queryset):
            raise PermissionDenied(NOT_YOURS)
        with within(None):
            super().delete_queryset(request, queryset)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Take the filters of the list alone: others would tell of sessions and tokens."""
        is_filter = lookup.partition("__")[0] in FILTERS
        return is_filter and bool(super().lookup_allowed(lookup, value, request))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002 - Django's signature
        """Set another person's password; one's own is changed where the old one is asked for."""
        found: User | None = self.get_object(request, unquote(id))
        if found is not None and found.pk == request.user.pk:
            return HttpResponseRedirect(reverse("admin:password_change"))
        return super().user_change_password(request, id, form_url)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead back to the list, as other forms do: this one had all that there is to say."""
        return super(UserAdmin, self).response_add(request, obj, post_url_continue)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if asks_for_accounts():  # else nobody was shown the field, and nothing ticked says nothing
            self._limit(request, obj, form.cleaned_data["accounts"])
        if not (obj.is_active and obj.is_staff):  # or they would go on once somebody is back
            endings.end_all(obj, Because.SWITCHED_OFF)

    def _limit(self, request: HttpRequest, user: User, accounts: Collection[Account]) -> None:
        access.limit(user, accounts)
        sees = access.of(user)
        given = waiting.give_back(user.pk, sees) if sees is not None else 0
        if given:
            what = counted(given, "conversation")
            messages.info(request, f"{what} of other accounts given back: nobody has them now.")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """What they had is nobody's then, also where whoever deletes them may not see it."""
        with within(None):
            super().delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Name the people; Django would list what each of them ever did, and to whom."""
        _, _, _, protected = super().get_deleted_objects(objs, request)
        allowed = all(self.has_delete_permission(request, one) for one in objs)
        return (
            [str(one) for one in objs],
            {"people": len(objs)},
            set() if allowed else {"person"},
            protected,
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = access.covered(super().get_queryset(request))
        devices = AppDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return rows.prefetch_related("groups").annotate(with_device=Exists(devices))

    def facts(self, row: Any) -> Facts:
        kept = Account.objects.filter(pk__in=row.account_access.values("account"))
        rights = row.user_permissions.values_list("content_type__app_label", "codename")
        return {
            "username": row.get_username(),
            "name": row.get_full_name(),
            "may log in": _say(row.is_active),
            "uses these pages": _say(row.is_staff),
            "superuser": _say(row.is_superuser),
            "roles": frozenset(row.groups.values_list("name", flat=True)),
            "single rights": frozenset(map(".".join, rights)),
            "only accounts": frozenset(map(str, kept)),
        }

    @admin.display(description="Second factor", ordering="with_device")
    def has_device(self, user: Any) -> str:
        return "on" if user.with_device else "off"

    @admin.display(description="Second factor")
    def second_factor(self, user: Any) -> str:
        if not getattr(user, "with_device", False):
            return "Off."
        link = reverse("admin:auth_user_take_away", args=[user.pk])
        return format_html('On. <a href="{}" class="link">Take it away</a>', link)

    @admin.display(description="Name", ordering="first_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="Last login", ordering="last_login", empty_value="never")
    def last_seen(self, user: User) -> str | None:
        return stamped(user.last_login) if user.last_login else None

    @admin.display(description="Roles")
    def has_roles(self, user: User) -> str:
        given = [group.name for group in user.groups.all()]
        return ", ".join(["Superuser", *given] if user.is_superuser else given)


def _say(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _covers(request: HttpRequest, other: User) -> bool:
    """Tell whether somebody may do and see all that the other person may."""
    return roles.covers(request.user, other) and access.covers(other)
