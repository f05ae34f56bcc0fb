"""Meta's Graph API, as far as it answers whoever asks."""

from collections.abc import Mapping

from django.conf import settings

from instagram.probe import Probe


def headers() -> Mapping[str, str]:
    """Return the headers with which the Graph API refuses who has no token; raises GraphError."""
    probe = Probe(
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
        proxy=settings.GRAPH_PROXY,
        certificates=settings.GRAPH_CERTIFICATES,
    )
    return probe.headers(f"{settings.GRAPH_API_URL}/{settings.GRAPH_API_VERSION}/me")
