"""Rules, for other systems to read and change as staff do in the admin."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Numbered
from api.problems import InvalidError
from api.serializers.rule import Places, RuleData, RuleQuery
from api.serializers.trial import OutcomeOut, TrialIn
from api.views.base import ApiViewSet
from rules import history
from rules.checks.trial import run_trial
from rules.engine.decision import Rules
from rules.history import What
from rules.models import ResponseRule, RulesVersion
from rules.record import blank_record, make_draft, to_record

NAME_TAKEN = "Another rule has this name."
NOT_AN_OBJECT = "Send a JSON object."


class RuleViewSet(ApiViewSet):
    model = ResponseRule
    queryset = ResponseRule.objects.prefetch_related("cards")
    serializer_class = RuleData
    pagination_class = Numbered
    rights = {
        "list": "view",
        "retrieve": "view",
        "create": "add",
        "update": "change",
        "partial_update": "change",
        "destroy": "delete",
        "reorder": "change",
        "try_it": "view",
    }

    @extend_schema(parameters=[RuleQuery])
    def list(self, request: Request) -> Response:
        """List the rules in their order."""
        page = self.paginate_queryset(self._asked(RuleQuery.read(request, Numbered.parameters)))
        return self.get_paginated_response(RuleData(page, many=True).data)

    def _asked(self, query: Mapping[str, Any]) -> QuerySet[ResponseRule]:
        rows: QuerySet[ResponseRule] = self.get_queryset().order_by("order", "pk")
        if (active := query.get("active")) is not None:
            rows = rows.filter(active=active)
        if term := query.get("search"):
            rows = rows.filter(Q(name__finds=term) | Q(keywords__finds=term) | Q(reply__finds=term))
        return rows

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Read one rule."""
        return Response(RuleData(self.find(self.get_queryset(), pk)).data)

    @extend_schema(responses={201: RuleData})
    def create(self, request: Request) -> Response:
        """Create a rule. It takes effect within a second."""
        return self._save(None, request.data, What.CREATED)

    def update(self, request: Request, pk: int) -> Response:
        """Replace a rule. Fields that are missing get their defaults."""
        record = request.data
        whole = blank_record() | record if isinstance(record, Mapping) else record
        return self._save(pk, whole, What.CHANGED)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some fields of a rule."""
        return self._save(pk, request.data, What.CHANGED)

    @transaction.atomic
    def destroy(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - a view
        """Delete a rule. It can be restored in the admin under *Deleted rules*."""
        history.delete([self._lock(pk)], by=self.by)
        return Response(status=204)

    @extend_schema(request=Places, responses=RuleData(many=True), filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def reorder(self, request: Request) -> Response:
        """Give rules new order numbers, all or none. Returns them in their new order."""
        asked = Places(data=request.data)
        asked.is_valid(raise_exception=True)
        places = {place["id"]: place["order"] for place in asked.validated_data["rules"]}
        if unknown := history.reorder(places, by=self.by):
            raise InvalidError({"rules": [f"There is no rule with the ID {pk}." for pk in unknown]})
        rows = self.get_queryset().filter(pk__in=places).order_by("order", "pk")
        return Response(RuleData(rows, many=True).data)

    @extend_schema(request=TrialIn, responses=OutcomeOut)
    @action(detail=False, methods=["post"], url_path="try")
    def try_it(self, request: Request) -> Response:
        """Try a message: which rule would answer, why, and with what. Nothing is sent."""
        asked = TrialIn(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(OutcomeOut(run_trial(asked.trial(), Rules.saved())).data)

    def _lock(self, pk: int) -> ResponseRule:
        """Return the rule; until the commit nobody else can change any rule."""
        RulesVersion.hold()
        return self.find(ResponseRule.objects.all(), pk)

    @transaction.atomic
    def _save(self, pk: int | None, record: Any, what: What) -> Response:
        """Save a rule (None: a new one) as an import does, and return it.

        The body was read before, so that nobody waits for a slow sender.
        """
        rule = ResponseRule() if pk is None else self._lock(pk)
        before = None if pk is None else to_record(rule)
        if not isinstance(record, Mapping):
            raise InvalidError(NOT_AN_OBJECT)
        try:
            draft = make_draft(record, rule)
        except ValidationError as error:
            raise InvalidError(error.message_dict) from error
        if problems := draft.problems():
            raise InvalidError(problems)
        try:
            saved = history.save(draft, before, by=self.by, what=what)
        except IntegrityError as error:  # somebody made one of this name meanwhile
            raise InvalidError({"name": [NAME_TAKEN]}) from error
        shown = RuleData(self.get_queryset().get(pk=saved)).data
        return Response(shown, status=201 if before is None else 200)
