"""What the page of reports shows, for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import reports
from api.serializers.account import chosen_accounts
from api.serializers.reports import ReportOut, ReportQuery
from api.views.base import ApiViewSet
from conversations.models import DayFigures


class Reports(ApiViewSet):
    model = DayFigures
    pagination_class = None
    rights = {"report": "view"}

    @extend_schema(parameters=[ReportQuery], responses=ReportOut)
    def report(self, request: Request) -> Response:
        """A period in figures: the tables of the page of reports."""
        first, last = ReportQuery.days(request)
        return Response(ReportOut(reports.read(first, last, chosen_accounts(request))).data)
