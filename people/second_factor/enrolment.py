"""How somebody gets a second factor, gets new recovery codes, and loses it again."""

import secrets
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from audit import trail
from conversations.account import vault
from people.models import Because
from people.second_factor import verification
from people.second_factor.models import AppDevice, RecoveryCode, RecoverySheet, digest_of
from people.sessions import endings

KEY_BYTES = 20  # what RFC 4226 recommends
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
GROUP, CODES = 4, 10


@transaction.atomic
def begin(user: Any) -> AppDevice:
    """Make a key for an app that is not confirmed yet; an earlier one that was not is gone."""
    AppDevice.objects.filter(user=user, confirmed=False).delete()
    key = vault.seal(secrets.token_bytes(KEY_BYTES).hex())
    made: AppDevice = AppDevice.objects.create(
        user=user, name="app", confirmed=False, sealed_key=key
    )
    return made


def find_begun(user: Any, number: int | None) -> AppDevice | None:
    """Return the app of this number, if somebody is setting it up still."""
    found: AppDevice | None = _begun(user, number).first()
    return found


def _begun(user: Any, number: int | None) -> Any:
    return AppDevice.objects.filter(user=user, confirmed=False, pk=number)


@transaction.atomic
def confirm(
    user: Any, number: int | None, typed: str, *, session: str = ""
) -> tuple[list[str], str]:
    """Switch the second factor on, if the code is the new app's; return recovery codes, or why not.

    The codes are nowhere else. An app that was there is replaced. All sessions of the person end
    but this one: they may be somebody's who knows the password.
    """
    token = "".join(typed.split())
    device = _begun(user, number).select_for_update().first()
    if device is None:
        return [], "Nothing is being set up any more. Begin again."
    if not (token.isascii() and token.isdigit()):
        return [], "Enter the six digits that your app shows."
    if seconds := device.seconds_to_wait():
        return [], f"Too many wrong codes. Try again in {seconds} seconds."
    if not device.verify_token(token):
        return [], "This is not the code that the app should show. Is your phone's clock right?"
    AppDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    trail.record(trail.Kind.SECOND_FACTOR, "switched on their second factor", by=user)
    endings.end_all(user, Because.FACTOR, but=session)
    return _write_sheet(user), ""


@transaction.atomic
def renew_codes(user: Any) -> list[str]:
    """Make new recovery codes; those of before are good for nothing."""
    trail.record(trail.Kind.SECOND_FACTOR, "made new recovery codes", by=user)
    return _write_sheet(user)


def _write_sheet(user: Any) -> list[str]:
    RecoverySheet.objects.filter(user=user).delete()
    sheet = RecoverySheet.objects.create(user=user, name="recovery codes")
    codes = [_make_code() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(sheet=sheet, digest=digest_of(code.replace("-", ""))) for code in codes
    )
    return codes


def _make_code() -> str:
    groups = verification.RECOVERY_LENGTH // GROUP
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(groups))


def count_codes(user: Any) -> int:
    """Return how many recovery codes are left."""
    return RecoveryCode.objects.filter(sheet__user=user, used_at=None).count()


@transaction.atomic
def remove(user: User, *, session: str = "") -> bool:
    """Take somebody's second factor away, whoever does it; tell whether there was one.

    With it end all sessions of the person but this one: they say that a code was shown.
    """
    removed, _ = AppDevice.objects.filter(user=user).delete()
    RecoverySheet.objects.filter(user=user).delete()
    if removed:
        said = f"the second factor of “{user.get_username()}” was taken away"
        trail.record(trail.Kind.SECOND_FACTOR, said)
        endings.end_all(user, Because.FACTOR, but=session)
    return bool(removed)


def encrypt_again() -> tuple[int, list[str]]:
    """Seal all keys of apps with the first key; return how many, and whose none unseals."""
    sealed, unreadable = 0, []
    for device in AppDevice.objects.select_related("user").order_by("pk"):
        try:
            key = device.read_key()
        except vault.SealedError:
            unreadable.append(f"the second factor of {device.user.get_username()}")
            continue
        rows = AppDevice.objects.filter(pk=device.pk, sealed_key=device.sealed_key)
        sealed += rows.update(sealed_key=vault.seal(key.hex()))
    return sealed, unreadable
