from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from api import problems
from api.views import docs
from api.views.bot import BotSwitch
from api.views.conversations import ConversationViewSet
from api.views.menu import AccountMenu
from api.views.messages import MessageViewSet
from api.views.reports import Reports
from api.views.rules import RuleViewSet
from api.views.statistics import RuleStatistics, ShopStatistics


def _list_addresses(*, slash: bool) -> list[URLPattern | URLResolver]:
    """Return all addresses, with a slash at the end or without: callers write either."""
    router = SimpleRouter(trailing_slash=slash, use_regex_path=False)
    router.register("rules", RuleViewSet, "rule")
    router.register("conversations", ConversationViewSet, "conversation")
    router.register("messages", MessageViewSet, "message")
    end = "/" if slash else ""
    return [
        *router.urls,
        path(f"bot{end}", BotSwitch.as_view({"get": "state"})),
        path(f"bot/off{end}", BotSwitch.as_view({"post": "switch_off"})),
        path(f"bot/on{end}", BotSwitch.as_view({"post": "switch_on"})),
        path(
            f"menu{end}",
            AccountMenu.as_view({"get": "retrieve", "put": "update", "patch": "partial_update"}),
        ),
        path(f"menu/publish{end}", AccountMenu.as_view({"post": "publish"})),
        path(f"reports{end}", Reports.as_view({"get": "report"})),
        path(f"statistics/days{end}", ShopStatistics.as_view({"get": "days"})),
        path(f"statistics/rules{end}", RuleStatistics.as_view({"get": "rules"})),
        path(f"statistics/rules/<int:pk>/days{end}", RuleStatistics.as_view({"get": "rule_days"})),
    ]


# With the whole path, so that the description is right wherever the URLs are included.
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(_list_addresses(slash=False))),
    path("api/v1/", include(_list_addresses(slash=True))),
    path("api/docs", docs.page),
    path("api/docs/", docs.page, name="api-docs"),
    path("api/openapi.yaml", docs.description, name="api-description"),
    path("api/openapi.yaml/", docs.description),
    re_path("^api/", problems.nothing_here),
]
