"""Pages that change what somebody may do: one change at a time, and never the last owner's."""

# ruff: noqa: FBT001, FBT002 - the signatures are Django's
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from audit import trail
from people import owners

Facts = Mapping[str, str | frozenset[str]]
# What a request carries from one step of Django's to the next.
CHANGE, BEFORE, REFUSAL = "rights_change", "rights_before", "rights_refusal"


class GuardedAdmin(ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Whoever posts a change waits for others' to end, and is asked anew what they may.

    kind, what: by which the audit log calls a row.
    """

    kind: trail.Kind
    what: str

    def facts(self, row: Any) -> Facts:
        """Return what somebody may have to answer for: what a row is called, and what it gives."""
        raise NotImplementedError

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        view = super().changeform_view
        try:
            return _guard(request, lambda: view(request, *args, **options))
        except owners.LastOwnerError as error:
            setattr(request, REFUSAL, str(error))
            return view(request, *args, **options)  # its form says so, and has what was typed

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        view = super().delete_view
        return _guard_or_tell(request, lambda: view(request, *args, **options))

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        view = super().changelist_view
        return _guard_or_tell(request, lambda: view(request, *args, **options))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **options)
        form.refusal = getattr(request, REFUSAL, "")  # the class was made for this request
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        kept = self.get_queryset(request).filter(pk=obj.pk).first() if change else None
        setattr(request, BEFORE, self.facts(kept) if kept else {})
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _changing(request).check()
        row = self.get_queryset(request).get(pk=form.instance.pk)
        if said := compare(getattr(request, BEFORE), self.facts(row)):
            did = "changed" if change else "added"
            trail.record(self.kind, f"{did} the {self.what} “{row}”: {said}")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        name = str(obj)
        super().delete_model(request, obj)
        self._note_deleted(request, [name])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        names = [str(one) for one in queryset]
        super().delete_queryset(request, queryset)
        self._note_deleted(request, names)

    def _note_deleted(self, request: HttpRequest, names: Iterable[str]) -> None:
        _changing(request).check()
        for name in names:
            trail.record(self.kind, f"deleted the {self.what} “{name}”")


def _changing(request: HttpRequest) -> owners.Change:
    change: owners.Change = getattr(request, CHANGE)
    return change


def _guard(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    if request.method != "POST":
        return view()
    with owners.change_by(request) as change:
        setattr(request, CHANGE, change)
        return view()


def _guard_or_tell(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Make a change of rights by a page that has no form to say why it was not made."""
    try:
        return _guard(request, view)
    except owners.LastOwnerError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())


def compare(before: Facts, after: Facts) -> str:
    """Say what differs: `roles: +Owner, -Support; may log in: yes → no`."""
    told = []
    for name, now in after.items():
        was = before.get(name, frozenset() if isinstance(now, frozenset) else "")
        if was == now:
            continue
        if isinstance(now, frozenset) and isinstance(was, frozenset):
            signed = [*(f"+{one}" for one in sorted(now - was))]
            signed += [f"-{one}" for one in sorted(was - now)]
            told.append(f"{name}: {', '.join(signed)}")
        else:
            told.append(f"{name}: {was} → {now}" if was else f"{name}: {now}")
    return "; ".join(told)
