"""Saved replies: what staff send often, written here and found in the composer by typing /."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from import_export.admin import ImportMixin
from import_export.forms import ConfirmImportForm
from import_export.results import Result
from unfold.contrib.import_export.forms import ImportForm

from backoffice.lists import TitledAdmin
from backoffice.read_only import SharedAdmin
from conversations.models import SavedReply
from rules.admin.files import MAX_FILE_BYTES, PageStorage
from rules.transfer.limits import UnreadableError
from rules.transfer.saved_replies import SavedCSV, SavedJSON, SavedReplyResource, SavedXLSX

FORMATS = [SavedCSV, SavedXLSX, SavedJSON]
EXCERPT = 90


class SavedReplyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    def clean_title(self) -> str:
        """Two titles that differ in capitals or accents alone would be one to staff."""
        title = " ".join(self.cleaned_data["title"].split())
        if SavedReply.objects.filter(title__reads=title).exclude(pk=self.instance.pk).exists():
            raise ValidationError("A saved reply with this title already exists.")
        return title


class FileForm(ImportForm):  # type: ignore[misc]  # unfold carries no types
    """Chooses the format by the name of the file."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].widget.attrs["accept"] = ".csv,.xlsx,.json"
        self.fields["import_file"].help_text = (
            "CSV, XLSX or JSON, also of other tools: a column with the title or the shortcut, and"
            " one with the text. A title that is there already is replaced. You see a preview"
            " first."
        )

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_FILE_BYTES:
            raise ValidationError(
                f"The file has {file.size:,} bytes; at most {MAX_FILE_BYTES:,} are possible."
            )
        names = [kind.name for kind in FORMATS]
        ending = file.name.casefold().rpartition(".")[2]
        if ending not in names:
            raise ValidationError("Choose a file whose name ends in .csv, .xlsx or .json.")
        self.number = names.index(ending)
        return file

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if "import_file" in data:
            data["format"] = str(self.number)
        return data


@admin.register(SavedReply)
class SavedReplyAdmin(SharedAdmin, ImportMixin, TitledAdmin):  # type: ignore[misc]  # import_export has no types
    form = SavedReplyForm
    fields = ("title", "text", "picture_url")
    list_display = ("title", "beginning")
    search_fields = ("title__finds", "text__finds")
    when_empty = "No saved replies yet. Add one, or import those of another tool."
    resource_classes = [SavedReplyResource]
    formats = FORMATS
    import_form_class = FileForm
    confirm_form_class = ConfirmImportForm
    tmp_storage_class = PageStorage

    class Media:
        css = {"all": ["backoffice/pages.css"]}

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if not isinstance(e, UnreadableError):
            raise e
        form.add_error("import_file", str(e))

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (result.totals[name] for name in ("new", "update", "skip"))
        messages.success(request, f"Imported: {new} new, {changed} changed, {same} unchanged.")

    @admin.display(description="Text")
    def beginning(self, row: SavedReply) -> str:
        text = " ".join(row.text.split()) or row.picture_url
        return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…"
