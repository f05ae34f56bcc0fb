"""A request that its sender broke off."""

from django.test.client import FakePayload


class BrokenOff(FakePayload):
    """What a client began to send."""

    def read(self, size: int | None = None) -> bytes:
        raise OSError
