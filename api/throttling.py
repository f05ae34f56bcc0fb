"""Limits the requests of each user per minute, over all processes and machines."""

import time
from math import ceil
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.models import Usage
from shop import tuning


class PerUser(BaseThrottle):
    """Counts in the database, by one statement: the REST framework would count in each process."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - its signature
        limit = ceil(tuning.get("api_rate"))  # half a request is not "no limit"
        if not limit:
            return True
        return Usage.objects.count_request(request.user.pk, int(time.time() // 60)) <= limit

    def wait(self) -> float:
        """Return the seconds until the next minute begins."""
        return 60 - time.time() % 60
