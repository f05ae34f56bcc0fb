"""Figures: the shop day by day, and what each rule did."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.account import chosen_accounts
from api.serializers.statistics import (
    PeriodQuery,
    RuleDaysOut,
    RulesNumbersOut,
    ShopDaysOut,
    period,
)
from api.views.base import ApiViewSet
from conversations import statistics as shop_statistics
from conversations.models import Conversation
from rules import statistics as rule_statistics
from rules.models import ResponseRule
from shop.current import current_shop
from shop.hours import DAY


class ShopStatistics(ApiViewSet):
    model = Conversation
    pagination_class = None
    rights = {"days": "view"}

    @extend_schema(parameters=[PeriodQuery], responses=ShopDaysOut)
    def days(self, request: Request) -> Response:
        """Messages in and out, day by day."""
        first, last = PeriodQuery.days(request)
        accounts = chosen_accounts(request)
        figures = {"days": shop_statistics.of_shop(first, last, accounts=accounts)}
        return Response(ShopDaysOut(period(first, last) | figures).data)


class RuleStatistics(ApiViewSet):
    model = ResponseRule
    pagination_class = None
    rights = {"rules": "view", "rule_days": "view"}

    @extend_schema(parameters=[PeriodQuery], responses=RulesNumbersOut)
    def rules(self, request: Request) -> Response:
        """What each rule did."""
        first, last = PeriodQuery.days(request)
        shop = current_shop()
        numbers = rule_statistics.count_period(
            shop.begins(first), shop.begins(last + DAY), accounts=chosen_accounts(request)
        )
        return Response(RulesNumbersOut(period(first, last) | {"rules": numbers}).data)

    @extend_schema(parameters=[PeriodQuery], responses=RuleDaysOut)
    def rule_days(self, request: Request, pk: int) -> Response:
        """What one rule did, day by day."""
        rule = self.find(ResponseRule.objects.all(), pk)
        first, last = PeriodQuery.days(request)
        days = shop_statistics.of_rule(pk, first, last, accounts=chosen_accounts(request))
        figures = {"rule": pk, "name": rule.name, "days": days}
        return Response(RuleDaysOut(period(first, last) | figures).data)
