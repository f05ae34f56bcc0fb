"""Whether a code that somebody typed is theirs: of their app, or of their recovery codes."""

import re
from typing import Any

from django.db import transaction

from audit import trail
from conversations.account.vault import SealedError
from people.second_factor.models import DIGITS, AppDevice, RecoverySheet, SlowedDevice

RECOVERY_LENGTH = 16
NOT_A_CODE = "Enter the six digits from your app, or one of your recovery codes."
WRONG = "This code is wrong or was used already. Enter the one that your app shows now."
WRONG_RECOVERY = "This recovery code is wrong or was used already."
SEALED = (
    "instabot cannot read the key of your app, because TOKEN_KEYS was changed. Use a recovery code,"
    " or ask an owner to take your second factor away."
)


@transaction.atomic
def check(user: Any, typed: str) -> str:
    """Take a code; return what is wrong with it, or nothing. A code is taken once.

    After a wrong one of the app the next is looked at only after a while, which doubles; a recovery
    code always is, but as often as that alone a wrong one is on record.
    """
    token = _read(typed)
    if is_of_app(typed):
        return _check(AppDevice.objects.filter(user=user, confirmed=True), token, WRONG)
    if len(token) == RECOVERY_LENGTH:
        return _check(RecoverySheet.objects.filter(user=user), token, WRONG_RECOVERY)
    return NOT_A_CODE


def is_of_app(typed: str) -> bool:
    """Tell whether this is what an app shows; no password is six digits."""
    token = _read(typed)
    return len(token) == DIGITS and token.isascii() and token.isdigit()


def _read(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).lower()


def _check(devices: Any, token: str, wrong: str) -> str:
    device: SlowedDevice | None = devices.select_for_update().select_related("user").first()
    if device is None:
        return wrong
    seconds = device.seconds_to_wait()
    if seconds and device.refuses_meanwhile:
        return f"Too many wrong codes. Try again {_in(seconds)}."
    try:
        is_right = device.verify_token(token)
    except SealedError:
        return SEALED
    name = device.user.get_username()
    if not is_right:
        if not seconds:
            trail.record(trail.Kind.SECOND_FACTOR, f"entered a wrong code for “{name}”")
        return wrong
    if isinstance(device, RecoverySheet):
        left = device.count_left()
        said = f"used a recovery code; left: {left}"
        trail.record(trail.Kind.SECOND_FACTOR, said, by=device.user)
    return ""


def _in(seconds: int) -> str:
    minutes = -(-seconds // 60)
    if minutes > 1:
        return f"in {minutes} minutes"
    return "in a second" if seconds == 1 else f"in {seconds} seconds"
