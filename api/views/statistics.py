"""Figures: the shop day by day, and what each rule did."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.statistics import (
    PeriodQuery,
    RuleDaysOut,
    RulesNumbersOut,
    ShopDaysOut,
    period,
)
from api.views.base import ApiViewSet
from conversations import days, shop
from conversations.models import Conversation
from rules import numbers
from rules.models import ResponseRule


class ShopStatistics(ApiViewSet):
    model = Conversation
    pagination_class = None
    rights = {"days": "view"}

    @extend_schema(parameters=[PeriodQuery], responses=ShopDaysOut)
    def days(self, request: Request) -> Response:
        """Count what came in and went out, day by day."""
        first, last = PeriodQuery.days(request)
        found = {"days": days.of_shop(first, last)}
        return Response(ShopDaysOut(period(first, last) | found).data)


class RuleStatistics(ApiViewSet):
    model = ResponseRule
    pagination_class = None
    rights = {"rules": "view", "rule_days": "view"}

    @extend_schema(parameters=[PeriodQuery], responses=RulesNumbersOut)
    def rules(self, request: Request) -> Response:
        """Count what each rule did."""
        first, last = PeriodQuery.days(request)
        now = shop.current()
        found = numbers.in_period(now.begins(first), now.begins(last + shop.DAY))
        return Response(RulesNumbersOut(period(first, last) | {"rules": found}).data)

    @extend_schema(parameters=[PeriodQuery], responses=RuleDaysOut)
    def rule_days(self, request: Request, pk: int) -> Response:
        """Count what one rule did, day by day."""
        rule = get_object_or_404(ResponseRule, pk=pk)
        first, last = PeriodQuery.days(request)
        found = {"rule": pk, "name": rule.name, "days": days.of_rule(pk, first, last)}
        return Response(RuleDaysOut(period(first, last) | found).data)
