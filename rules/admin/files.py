"""What the import's pages ask for: a file, what its columns are, and the last word."""

import base64
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from import_export.forms import ConfirmImportForm
from import_export.tmp_storages import BaseStorage
from tablib import Dataset
from unfold.contrib.import_export.forms import ImportForm
from unfold.widgets import UnfoldAdminSelectWidget

from rules.transfer import columns
from rules.transfer.formats import FORMATS, PAGE_FORMATS, choose_format
from rules.transfer.limits import UnreadableError

MAX_FILE_BYTES = 1_500_000  # the page itself carries the file from the preview to the import
FILE_MISSING = "The file is missing. Choose it again."


class PageStorage(BaseStorage):  # type: ignore[misc]  # import_export carries no types
    """Keeps the file in the page between preview and import: any machine may take it back."""

    def save(self, data: bytes) -> None:
        self.name = base64.urlsafe_b64encode(data).decode()

    def read(self) -> bytes:
        try:
            return base64.b64decode(self.name, altchars=b"-_", validate=True)
        except ValueError:
            raise UnreadableError(FILE_MISSING) from None

    def remove(self) -> None:
        pass


class FileForm(ImportForm):  # type: ignore[misc]  # unfold carries no types
    """Chooses the format by the name of the file."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["format"].required = False
        self.fields["import_file"].widget.attrs["accept"] = ".csv,.xlsx,.json"

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_FILE_BYTES:
            raise ValidationError(
                f"The file has {file.size:,} bytes; at most {MAX_FILE_BYTES:,} are possible here."
                " Split it, or use the command import_rules."
            )
        try:
            self.file_format = choose_format(file.name)
        except UnreadableError as error:
            raise ValidationError(str(error)) from None
        return file

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if "import_file" in data:
            data["format"] = str(FORMATS.index(type(self.file_format)))
        return data


class ColumnsForm(forms.Form):
    """Which column of another tool's file is what in a rule, with the file in the page."""

    import_file_name = forms.CharField(widget=forms.HiddenInput)
    format = forms.TypedChoiceField(
        coerce=int, choices=[(n, n) for n in range(len(FORMATS))], widget=forms.HiddenInput
    )

    def __init__(self, data: Any, rows: Dataset, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.described = columns.describe(rows, columns.guess(rows))
        for number, column in enumerate(self.described):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                choices=columns.list_choices(),
                initial=column.field,
                required=False,
                label=column.title,
                widget=UnfoldAdminSelectWidget(),
            )

    def list_columns(self) -> list[tuple[columns.Column, Any]]:
        """Return each column with the field in which it is chosen."""
        return [(column, self[f"column-{number}"]) for number, column in enumerate(self.described)]

    def chosen(self) -> list[str]:
        """Return the field of each column; the form must be valid."""
        return [self.cleaned_data[f"column-{n}"] for n in range(len(self.described))]

    def left_out(self) -> list[str]:
        """Return the titles of the columns that are not imported."""
        pairs = zip(self.described, self.chosen(), strict=True)
        return [column.title for column, name in pairs if name == columns.LEFT_OUT]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if not self.errors and (problem := columns.find_problem(self.chosen())):
            raise ValidationError(problem)
        return data


class ConfirmForm(ConfirmImportForm):  # type: ignore[misc]  # import_export carries no types
    version = forms.IntegerField(widget=forms.HiddenInput)
    columns = forms.CharField(required=False, widget=forms.HiddenInput)  # of another tool's file
    format = forms.TypedChoiceField(
        coerce=int, choices=[(n, n) for n in range(len(FORMATS))], widget=forms.HiddenInput
    )


def read_page(name: str, number: int) -> Dataset:
    """Return the rows of the file that a page carries; raise UnreadableError or IndexError."""
    return PAGE_FORMATS[number]().read_rows(PageStorage(name=name).read())
