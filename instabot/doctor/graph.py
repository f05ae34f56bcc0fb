"""Meta's Graph API, as far as it answers whoever asks."""

from collections.abc import Callable, Mapping

from django.conf import settings

from instabot.doctor.findings import Finding, warning, wrong
from instagram.errors import (
    AmbiguousError,
    GraphError,
    NotSentError,
    RetryError,
    ThrottledError,
)
from instagram.probe import Probe

LATER = "Check again in a few minutes. Metastatus.com says whether Meta has trouble."
# What says nothing of our settings: Meta was not asked, or did not answer.
OUTAGES = (NotSentError, AmbiguousError, RetryError, ThrottledError)


def headers() -> Mapping[str, str]:
    """Return the headers with which the Graph API refuses who has no token; raises GraphError."""
    probe = Probe(
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
        proxy=settings.GRAPH_PROXY,
        certificates=settings.GRAPH_CERTIFICATES,
    )
    return probe.headers(f"{settings.GRAPH_API_URL}/{settings.GRAPH_API_VERSION}/me")


def not_told(error: GraphError, say: Callable[[str], str] = str) -> Finding:
    """Return the line that Meta was not asked, or refused; an outage is nobody's wrong setting.

    say: names the account, where there are several.
    """
    if isinstance(error, NotSentError):
        says = say("Not asked: Instagram cannot be reached.")
        return warning(says, "See the line Connection.")
    if isinstance(error, ThrottledError):
        return warning(say("Not asked: Instagram asks us to slow down."), LATER)
    if isinstance(error, OUTAGES):
        return warning(say("Not asked: Instagram gave no answer that says anything."), LATER)
    return wrong(say("Instagram did not say."), error.advice)
