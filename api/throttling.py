"""So many requests a minute for each user, however many processes and machines answer them."""

import time
from math import ceil
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.models import Usage
from shop import tuning


class PerUser(BaseThrottle):
    """Counted in the database by one statement: the REST framework's own counts in each process."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - its signature
        most = ceil(tuning.get("api_rate"))  # half a request is not "no limit"
        if not most:
            return True
        return Usage.objects.count_request(request.user.pk, int(time.time() // 60)) <= most

    def wait(self) -> float:
        """Return the seconds until the next minute begins."""
        return 60 - time.time() % 60
