"""Labels: words that staff, or a rule, put on conversations."""

from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from conversations.models import Conversation, Label

MAX_LABEL = 50  # characters


@admin.register(Label)
class LabelAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """To rename a label everywhere, or to take it from all conversations."""

    list_display = ("name",)
    search_fields = ("name",)
    fields = ("name",)


def change(request: HttpRequest, conversation: Conversation) -> str:
    """Put a label on a conversation or take one off, as the form says; return what was done."""
    if gone := request.POST.get("remove", "").strip():
        conversation.labels.remove(*Label.objects.filter(name=gone))
        return f"Took off the label {gone}."
    name = " ".join(request.POST.get("label", "").replace("\0", "").split())
    if not 0 < len(name) <= MAX_LABEL:
        messages.error(request, f"A label has 1 to {MAX_LABEL} characters.")
        return ""
    conversation.labels.add(Label.objects.get_or_create(name=name)[0])
    return f"Put on the label {name}."
