"""A refusal of Meta, in Meta's words."""

import secrets
from typing import Any


class RefusedError(Exception):
    """Meta refuses a call. status is of HTTP; code and subcode are Meta's."""

    def __init__(
        self, code: int, message: str, subcode: int | None = None, *, status: int = 400
    ) -> None:
        super().__init__(message)
        kind = "IGApiException" if code in (10, 100) else "OAuthException"
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        self.error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
