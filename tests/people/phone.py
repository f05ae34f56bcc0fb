"""An authenticator app, by RFC 6238 itself: it knows of instabot what the QR code says."""

import base64
import hmac
import re
from dataclasses import dataclass
from html import unescape

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from people.second_factor import enrolment
from people.second_factor.entrance import VERIFIED
from people.second_factor.models import AppDevice, device_of

CODE = "/admin/login/code/"
PAGE = "/admin/second-factor/"
STEP = 30
PASSWORD = "a-long-password"


@dataclass(frozen=True)
class Phone:
    key: bytes

    def show(self, later: int = 0) -> str:
        """Return the code of now, or of so many codes later."""
        counter = int(timezone.now().timestamp()) // STEP + later
        digest = hmac.digest(self.key, counter.to_bytes(8), "sha1")
        start = digest[-1] & 15
        number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def show_wrong(self) -> str:
        """Return six digits that are no code of about now."""
        near = {self.show(later) for later in range(-3, 4)}
        return next(one for digit in range(10) if (one := str(digit) * 6) not in near)


def scan(page: str) -> Phone:
    """Read the key that a page shows as text."""
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert found
    return Phone(base64.b32decode(found[1].replace(" ", "")))


def codes_on(page: str) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"\b(?:[a-z2-7]{4}-){3}[a-z2-7]{4}\b", unescape(page))


def give(user: User) -> tuple[Phone, list[str]]:
    """Switch a second factor on for somebody, as they did some time ago; their sessions end."""
    device = enrolment.begin(user)
    phone = Phone(device.read_key())
    codes, error = enrolment.confirm(user, device.pk, phone.show())
    assert not error
    AppDevice.objects.filter(user=user).update(last_t=-1)  # the code of now was not taken
    return phone, codes


def log_in(client: Client, user: User, *, verified: bool = True) -> None:
    """Log somebody in who has a second factor, which they have shown, or have not."""
    client.force_login(user)
    device = device_of(user)
    if verified:
        assert device
        session = client.session
        session[VERIFIED] = device.pk
        session.save()


def enter_password(client: Client, name: str, then: str = "") -> str:
    """Do the first step of a log-in; return where it leads."""
    page = f"/admin/login/?next={then}" if then else "/admin/login/"
    said = {"username": name, "password": PASSWORD, **({"next": then} if then else {})}
    return client.post(page, said).headers.get("Location", "")
