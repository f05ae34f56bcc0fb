"""So many requests a minute for each user, however many processes and machines answer them."""

import time
from math import ceil
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shop import tuning
from workqueue import sql

COUNT = """
INSERT INTO api_usage (user_id, minute, requests) VALUES (%s, %s, 1)
ON CONFLICT (user_id) DO UPDATE SET minute = EXCLUDED.minute, requests =
    CASE WHEN api_usage.minute = EXCLUDED.minute THEN api_usage.requests + 1 ELSE 1 END
RETURNING requests"""


class PerUser(BaseThrottle):
    """Counted in the database by one statement: the REST framework's own counts in each process."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - its signature
        most = ceil(tuning.get("api_rate"))  # half a request is not "no limit"
        if not most:
            return True
        counted = sql.fetch(COUNT, request.user.pk, int(time.time() // 60))
        return counted is None or int(counted[0]) <= most

    def wait(self) -> float:
        """Return the seconds until the next minute begins."""
        return 60 - time.time() % 60
