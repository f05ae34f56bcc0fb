"""Rules as files in the admin: export, and import after a preview."""

import base64
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm
from import_export.results import Result
from import_export.tmp_storages import BaseStorage
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from rules.models import ResponseRule, RulesVersion
from rules.transfer.formats import (
    CSV,
    FORMATS,
    JSON,
    XLSX,
    RuleFormat,
    UnreadableError,
    choose_format,
)
from rules.transfer.resource import RuleResource

MAX_FILE_BYTES = 1_500_000  # the page itself carries the file from the preview to the import
CHANGED_MEANWHILE = "The rules were changed meanwhile. Check the preview again."
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


class ConfirmForm(ConfirmImportForm):  # type: ignore[misc]  # import_export carries no types
    version = forms.IntegerField(widget=forms.HiddenInput)
    format = forms.TypedChoiceField(
        coerce=int, choices=[(n, n) for n in range(len(FORMATS))], widget=forms.HiddenInput
    )


class FilesAdmin(ImportExportMixin, ModelAdmin):  # type: ignore[misc]  # these carry no types
    """For rules: an export page and three actions, and the import with a preview."""

    resource_classes = [RuleResource]
    formats = FORMATS
    import_form_class = FileForm
    export_form_class = ExportForm  # without a choice of fields: rules are exported whole
    confirm_form_class = ConfirmForm
    tmp_storage_class = PageStorage
    skip_admin_log = True  # the history of rules has it
    import_export_change_list_template = "admin/rules/responserule/change_list.html"
    import_template_name = "admin/rules/responserule/import.html"
    export_template_name = "admin/rules/responserule/export.html"
    actions = ("export_csv", "export_xlsx", "export_json")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_resource_kwargs(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}

    def get_import_resource_kwargs(self, request: HttpRequest, **_: Any) -> dict[str, Any]:
        return {"by": request.user.get_username()}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        return {**initial, "version": RulesVersion.read()}

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        if not isinstance(e, UnreadableError):
            raise e
        form.add_error("import_file", str(e))

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """Import the file of the preview, if the rules have not changed since."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if not form.is_valid():
            messages.error(request, FILE_MISSING)
            return self._show_preview(request)
        try:
            return self._import(request, form)
        except UnreadableError as error:
            messages.error(request, str(error))
            return self._show_preview(request)

    def _import(self, request: HttpRequest, form: Any) -> HttpResponse:
        data = PageStorage(name=form.cleaned_data["import_file_name"]).read()
        dataset = FORMATS[form.cleaned_data["format"]]().create_dataset(data)
        resource = RuleResource(request.user.get_username())
        with transaction.atomic():
            is_current = RulesVersion.read() == form.cleaned_data["version"]
            result = resource.import_all(dataset, dry_run=not is_current)
        if is_current and not result.has_validation_errors():
            return self.process_result(result, request)  # type: ignore[no-any-return]  # as above
        messages.warning(request, CHANGED_MEANWHILE)
        confirm_form = None
        if not result.has_validation_errors():
            confirm_form = ConfirmForm(
                initial={**form.cleaned_data, "version": RulesVersion.read()}
            )
        return self._show_preview(request, result=result, confirm_form=confirm_form)

    def _show_preview(self, request: HttpRequest, **context: Any) -> HttpResponse:
        form = FileForm(FORMATS, self.resource_classes)
        context = {"title": "Import", "opts": self.opts, "form": form, **context}
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, self.import_template_name, context)

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (result.totals[name] for name in ("new", "update", "skip"))
        messages.success(request, f"Imported: {new} new, {changed} changed, {same} unchanged.")

    @admin.action(description="Export as CSV", permissions=["export"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[ResponseRule]
    ) -> HttpResponse | None:
        return self._export(CSV(), request, queryset)

    @admin.action(description="Export as XLSX", permissions=["export"])
    def export_xlsx(
        self, request: HttpRequest, queryset: QuerySet[ResponseRule]
    ) -> HttpResponse | None:
        return self._export(XLSX(), request, queryset)

    @admin.action(description="Export as JSON", permissions=["export"])
    def export_json(
        self, request: HttpRequest, queryset: QuerySet[ResponseRule]
    ) -> HttpResponse | None:
        return self._export(JSON(), request, queryset)

    def _export(
        self, file_format: RuleFormat, request: HttpRequest, rules: QuerySet[ResponseRule]
    ) -> HttpResponse | None:
        try:
            file: HttpResponse = self._do_file_export(file_format, request, rules)
        except UnreadableError as error:
            messages.error(request, str(error))
            return None
        return file

    def get_export_filename(self, _: Any, __: Any, file_format: RuleFormat) -> str:
        return f"rules-{localdate():%Y-%m-%d}.{file_format.name}"
