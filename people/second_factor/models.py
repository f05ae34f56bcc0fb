"""What a person has beside their password: an app that makes codes, and a sheet of recovery codes.

django-otp's own tables keep the app's key and the recovery codes as they are: whoever reads a
backup could log in with them. So here the key is sealed as tokens are, and of a recovery code there
is a digest. What a device is, how it is slowed down, and how a key makes a code is django-otp's.
"""

import hashlib
import math
import re
from base64 import b32encode
from typing import Any
from urllib.parse import quote, urlencode

from django.db import models
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from conversations.account import vault

STEP = 30  # seconds for which an app shows a code
DIGITS = 6
TOLERANCE = 1  # codes before and after the current one that are taken, too
ISSUER = "instabot"
# After so many wrong codes the next wait is no longer: 2 to the power of one less, in seconds.
MOST_FAILURES = 11


class SlowedDevice(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp carries no types
    """After each wrong code one waits twice as long, up to a quarter of an hour."""

    refuses_meanwhile = True  # False: who waits is heard, and what is wrong is not counted

    class Meta:
        abstract = True

    def get_throttle_factor(self) -> int:
        return 1

    def throttle_increment(self, commit: bool = True) -> None:  # noqa: FBT001, FBT002 - django-otp's signature
        count: int = self.throttling_failure_count  # type: ignore[has-type]  # django-otp carries none
        self.throttling_failure_count = min(count, MOST_FAILURES - 1)
        super().throttle_increment(commit)

    def seconds_to_wait(self) -> int:
        """Return for how many seconds no code is looked at; 0: the next one is."""
        allowed, why = self.verify_is_allowed()
        if allowed:
            return 0
        left: float = (why["locked_until"] - timezone.now()).total_seconds()
        return max(1, math.ceil(left))

    def verify_token(self, token: str) -> bool:
        """Tell whether a code is right, which it is once; the row is locked by the caller."""
        is_waiting = not self.verify_is_allowed()[0]
        if is_waiting and self.refuses_meanwhile:
            return False
        if not self._take(token):
            if not is_waiting:
                self.throttle_increment()
            return False
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def _take(self, token: str) -> bool:
        raise NotImplementedError


class AppDevice(SlowedDevice):
    """An app on somebody's phone. One that is not confirmed is being set up."""

    sealed_key = models.TextField()
    drift = models.SmallIntegerField(default=0)  # codes by which its clock differs
    last_t = models.BigIntegerField(default=-1)  # the number of the last code that was taken

    class Meta:
        default_permissions = ()  # it is a part of the person
        constraints = [
            models.UniqueConstraint(fields=["user", "confirmed"], name="one_device_a_person"),
        ]

    def read_key(self) -> bytes:
        """Return the key that the app has; raises vault.SealedError."""
        return bytes.fromhex(vault.unseal(self.sealed_key))

    @property
    def secret(self) -> str:
        """The key as people type it into an app, in groups of four."""
        text = b32encode(self.read_key()).decode().rstrip("=")
        return " ".join(re.findall(".{1,4}", text))

    @property
    def config_url(self) -> str:
        """What an app reads from the QR code (Google Authenticator's Key URI Format)."""
        said = {"secret": self.secret.replace(" ", ""), "issuer": ISSUER}
        label = quote(f"{ISSUER}:{self.user.get_username()}")
        return f"otpauth://totp/{label}?{urlencode(said)}"

    def _take(self, token: str) -> bool:
        totp = TOTP(self.read_key(), STEP, 0, DIGITS, self.drift)
        totp.time = timezone.now().timestamp()
        if not totp.verify(int(token), TOLERANCE, self.last_t + 1):
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        return True


class RecoverySheet(SlowedDevice):
    """The recovery codes that somebody was shown last.

    Nobody finds one by trying, so nobody waits: whoever enters wrong ones would lock its owner out.
    """

    refuses_meanwhile = False

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user"], name="one_sheet_a_person")]

    def _take(self, token: str) -> bool:
        found = self.codes.filter(digest=digest_of(token), used_at=None)
        return bool(found.update(used_at=timezone.now()))

    def count_left(self) -> int:
        left: int = self.codes.filter(used_at=None).count()
        return left


class RecoveryCode(models.Model):
    """One line of a sheet; used once. Its 80 bits are too many to be found by their digest."""

    sheet = models.ForeignKey(RecoverySheet, models.CASCADE, related_name="codes", db_index=False)
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["sheet", "digest"], name="one_code")]

    def __str__(self) -> str:
        return "used" if self.used_at else "unused"


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def device_of(user: Any) -> AppDevice | None:
    """Return the app whose codes somebody logs in with; None: the password is enough."""
    found: AppDevice | None = AppDevice.objects.devices_for_user(user, confirmed=True).first()
    return found
