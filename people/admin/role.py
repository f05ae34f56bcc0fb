"""Roles: what those may do who have one."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, ManyToManyField, QuerySet
from django.http import HttpRequest

from audit import trail
from backoffice.lists import TitledAdmin
from backoffice.read_only import SharedAdmin
from people import roles
from people.admin.guard import Facts, GuardedAdmin
from people.forms import RoleForm

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GuardedAdmin, SharedAdmin, GroupAdmin, TitledAdmin):
    """What a role may do is its owner's to change; an update of instabot does not undo it."""

    form = RoleForm
    kind, what = trail.Kind.ROLE, "role"
    list_display = ("name", "people")
    when_empty = "No roles yet."

    class Media:
        css = {"all": ["backoffice/pages.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(count=Count("user"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and (obj is None or _may_give(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_delete_permission(request, obj)
        return may and (obj is None or _may_give(request, obj))

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: Any = None, **options: Any
    ) -> Any:
        """Offer what this person may do themselves."""
        field: Any = super().formfield_for_manytomany(db_field, request, **options)
        if db_field.name == "permissions" and not request.user.is_superuser:
            field.queryset = field.queryset.exclude(pk__in=roles.beyond(request.user))
        return field

    def facts(self, row: Any) -> Facts:
        rights = row.permissions.values_list("content_type__app_label", "codename")
        return {"name": row.name, "rights": frozenset(map(".".join, rights))}

    @admin.display(description="People", ordering="count")
    def people(self, group: Any) -> int:
        count: int = group.count
        return count


def _may_give(request: HttpRequest, group: Group) -> bool:
    return roles.to_give(request.user).filter(pk=group.pk).exists()
