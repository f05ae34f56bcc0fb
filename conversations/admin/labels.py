"""Labels: words that staff, or a rule, add to conversations."""

from typing import Any

# ruff: noqa: FBT001 - the signatures are Django's
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.counts import counted
from backoffice.reach import is_seen
from backoffice.read_only import SharedAdmin
from conversations.models import MAX_LABEL, Conversation, Label


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    def clean_name(self) -> str:
        """Two labels that differ in capitals or accents alone would be one to staff."""
        name = " ".join(self.cleaned_data["name"].split())
        if Label.objects.filter(name__reads=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError("A label with this name already exists.")
        return name


@admin.register(Label)
class LabelAdmin(SharedAdmin):
    """To rename a label everywhere, or to take it from all conversations."""

    form = LabelForm
    fields = ("name",)
    list_display = ("name", "count")
    when_empty = "No labels yet."
    search_fields = ("name__finds",)

    class Media:
        css = {"all": ["backoffice/pages.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Label]:
        rows: QuerySet[Label] = super().get_queryset(request)
        seen = is_seen("conversations__account")
        return rows.annotate(count=Count("conversations", filter=seen))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The labels of one conversation stand in it, for whoever may see it."""
        is_of_one = lookup.startswith("conversations")
        return not is_of_one and bool(super().lookup_allowed(lookup, value, request))

    def save_model(self, request: HttpRequest, obj: Label, form: Any, change: bool) -> None:
        _show(Label.objects.filter(pk=obj.pk))
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Label) -> None:
        _show(Label.objects.filter(pk=obj.pk))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Label]) -> None:
        _show(queryset)
        super().delete_queryset(request, queryset)

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        hint = "Rules that add this label keep the old name: change it there too."
        return super().get_form(request, obj, **options | {"help_texts": {"name": hint}})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Count the conversations that lose a label; Django would list each of them."""
        _, _, perms_needed, protected = super().get_deleted_objects(objs, request)
        lost = Label.objects.filter(pk__in=[label.pk for label in objs])
        named = [
            f"{label}, on {counted(label.count, 'conversation')}"
            for label in lost.annotate(count=Count("conversations"))
        ]
        return named, {"labels": len(named)}, perms_needed, protected

    @admin.display(description="Conversations", ordering="count")
    def count(self, label: Any) -> SafeString:
        link = reverse("admin:conversations_conversation_changelist")
        return format_html(
            '<a class="link" href="{}?labels__id__exact={}">{}</a>', link, label.pk, label.count
        )


def _show(labels: QuerySet[Label]) -> None:
    """Have open pages, and search, know the conversations that have these labels anew."""
    pks = list(labels.values_list("pk", flat=True))
    Conversation.objects.filter(labels__in=pks).distinct().relabel_after_commit()


@transaction.atomic
def change(request: HttpRequest, conversation: Conversation) -> str:
    """Add a label or remove one, as the form says; return what was done."""
    Conversation.objects.relabel(conversation.pk)
    if gone := _posted(request, "remove"):
        off = conversation.labels.filter(name=gone).first()
        conversation.labels.remove(*[off] if off else [])
        return f"Label “{off}” removed." if off else ""
    name = _posted(request, "label")
    if not 0 < len(name) <= MAX_LABEL:
        messages.error(request, f"A label must have 1 to {MAX_LABEL} characters.")
        return ""
    label = Label.objects.named(name)
    if conversation.labels.filter(pk=label.pk).exists():
        messages.info(request, f"The label “{label}” is already there.")
        return ""
    conversation.labels.add(label)
    return f"Label “{label}” added."


def _posted(request: HttpRequest, field: str) -> str:
    return " ".join(request.POST.get(field, "").replace("\0", "").split())
