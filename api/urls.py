from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from api import problems
from api.views import docs
from api.views.conversations import ConversationViewSet
from api.views.messages import MessageViewSet
from api.views.rules import RuleViewSet
from api.views.statistics import RuleStatistics, ShopStatistics

router = SimpleRouter(use_regex_path=False)
router.register("rules", RuleViewSet, "rule")
router.register("conversations", ConversationViewSet, "conversation")
router.register("messages", MessageViewSet, "message")

statistics = [
    path("days/", ShopStatistics.as_view({"get": "days"})),
    path("rules/", RuleStatistics.as_view({"get": "rules"})),
    path("rules/<int:pk>/days/", RuleStatistics.as_view({"get": "rule_days"})),
]
# With the whole path, so that the description is right wherever the URLs are included.
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(router.urls)),
    path("api/v1/statistics/", include(statistics)),
    path("api/docs/", docs.page, name="api-docs"),
    path("api/openapi.yaml", docs.description, name="api-description"),
    re_path("^api/", problems.nothing_here),
]
