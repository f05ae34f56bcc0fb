"""Asks an address without a token: only what comes with its answer counts."""

from collections.abc import Mapping

import requests

from instagram.wire import Wire


class Probe(Wire):
    """Raises only the errors of instagram.errors."""

    def headers(self, address: str) -> Mapping[str, str]:
        """Return the headers of an answer, whatever it says."""
        return self._exchange(requests.Request("GET", address).prepare)[1]
