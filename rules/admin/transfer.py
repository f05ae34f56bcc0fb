"""Rules as files in the admin: export, and import after a preview."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldError, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.results import Result
from tablib import Dataset
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm

from audit import trail
from audit.trail import Kind
from rules.admin.files import (
    FILE_MISSING,
    ColumnsForm,
    ConfirmForm,
    FileForm,
    PageStorage,
    read_page,
)
from rules.models import ResponseRule, RulesVersion
from rules.transfer import columns
from rules.transfer.formats import (
    CSV,
    FORMATS,
    JSON,
    PAGE_FORMATS,
    XLSX,
    ForeignError,
    RuleFormat,
    check_columns,
    choose_format,
)
from rules.transfer.limits import UnreadableError
from rules.transfer.resource import RuleResource

CHANGED_MEANWHILE = "The rules were changed meanwhile. Check the preview again."


class FilesAdmin(ImportExportMixin, ModelAdmin):  # type: ignore[misc]  # these carry no types
    """For rules: an export page and three actions, and the import with a preview."""

    resource_classes = [RuleResource]
    formats = PAGE_FORMATS
    import_form_class = FileForm
    export_form_class = ExportForm  # without a choice of fields: rules are exported whole
    confirm_form_class = ConfirmForm
    tmp_storage_class = PageStorage
    skip_admin_log = True  # the history of rules has it
    import_export_change_list_template = "admin/rules/responserule/change_list.html"
    import_template_name = "admin/rules/responserule/import.html"
    export_template_name = "admin/rules/responserule/export.html"
    actions = ("export_csv", "export_xlsx", "export_json")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.choose_columns))
        name = "rules_responserule_import_columns"
        urls: list[Any] = super().get_urls()
        return [path("import/columns/", view, name=name), *urls]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_resource_kwargs(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}

    def get_export_queryset(self, request: HttpRequest) -> Any:
        """Return what the list shows; of a list that there is not, Django's own sends elsewhere."""
        try:
            return super().get_export_queryset(request)
        except (IncorrectLookupParameters, FieldError) as error:
            raise Http404 from error

    def get_import_resource_kwargs(self, request: HttpRequest, **_: Any) -> dict[str, Any]:
        return {"by": request.user.get_username()}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        return {**initial, "version": RulesVersion.read()}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if isinstance(e, ForeignError) or not isinstance(e, UnreadableError):
            raise e
        form.add_error("import_file", str(e))

    def import_action(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Show what a file would change; ask first what its columns are if they are not ours."""
        try:
            page: HttpResponse = super().import_action(request, **options)
        except ForeignError as error:
            file: Any = request.FILES["import_file"]
            file.seek(0)
            storage = PageStorage()
            storage.save(file.read())
            number = FORMATS.index(type(choose_format(file.name)))
            initial = {"import_file_name": storage.name, "format": number}
            form = ColumnsForm(None, error.dataset, initial)
            return self._show_preview(request, columns_form=form, problem=error.sentence)
        return page

    def choose_columns(self, request: HttpRequest) -> HttpResponse:
        """Show what the rows would change, read as the form says."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        try:
            number = int(request.POST.get("format", ""))
            rows = read_page(request.POST.get("import_file_name", ""), number)
        except (ValueError, IndexError):  # an UnreadableError is one of these
            messages.error(request, FILE_MISSING)
            return self._show_preview(request)
        form = ColumnsForm(request.POST, rows, {})
        if not form.is_valid():
            return self._show_preview(request, columns_form=form)
        try:
            dataset = columns.apply(rows, form.chosen())
        except UnreadableError as error:
            form.add_error(None, str(error))
            return self._show_preview(request, columns_form=form)
        empty = columns.count_left_out(rows, dataset)
        return self._preview_columns(request, form, dataset, rows_left_out=empty)

    def _preview_columns(
        self, request: HttpRequest, form: ColumnsForm, dataset: Dataset, **context: Any
    ) -> HttpResponse:
        result = _make_resource(request, form.chosen()).import_all(dataset, dry_run=True)
        confirm_form = None
        if not result.has_validation_errors():
            kept = {name: form.cleaned_data[name] for name in ("import_file_name", "format")}
            chosen = json.dumps(form.chosen())
            original = {"original_file_name": "rules", "resource": ""}
            confirm_form = ConfirmForm(
                initial={**kept, **original, "columns": chosen, "version": RulesVersion.read()}
            )
        return self._show_preview(
            request,
            result=result,
            confirm_form=confirm_form,
            columns_form=form,
            left_out=form.left_out(),
            **context,
        )

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
        fields = _read_chosen(form.cleaned_data["columns"])
        rows = read_page(form.cleaned_data["import_file_name"], form.cleaned_data["format"])
        dataset = columns.apply(rows, fields) if fields else check_columns(rows)
        resource = _make_resource(request, fields)
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
        form = FileForm(PAGE_FORMATS, self.resource_classes)
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

    def _do_file_export(
        self, file_format: RuleFormat, request: HttpRequest, queryset: Any, **options: Any
    ) -> HttpResponse:
        file: HttpResponse = super()._do_file_export(file_format, request, queryset, **options)
        trail.record(Kind.EXPORT, f"exported the rules as {file_format.name.upper()}")
        return file

    def get_export_filename(self, _: Any, __: Any, file_format: RuleFormat) -> str:
        return f"rules-{localdate():%Y-%m-%d}.{file_format.name}"


def _read_chosen(text: str) -> list[str]:
    """Return the fields of the columns; none for an export. Raises UnreadableError."""
    try:
        fields = json.loads(text) if text else []
    except ValueError:
        fields = None
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        raise UnreadableError(FILE_MISSING)
    return fields


def _make_resource(request: HttpRequest, fields: list[str]) -> RuleResource:
    return RuleResource(request.user.get_username(), is_foreign=bool(fields))
