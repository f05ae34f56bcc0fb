"""What a session says of its log-in: whose password was right, and whether their code was, too.

Whoever has a second factor is not logged in before both are: until then the session has only noted
whose password it was, for ten minutes. Whoever sets one up does so in one session: another one of
the same name may be somebody's who knows the password alone.
"""

from typing import Any

from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from people.second_factor.models import AppDevice, device_of

VERIFIED = "second_factor"  # under which a session has the number of the app that was shown
_BEGUN = "second_factor_begun"
_WAITS = "password_was_right"
SECONDS = 600


def hold(request: HttpRequest, user: Any) -> None:
    """Note whose password was right; whoever was logged in before is not any more."""
    auth.logout(request)
    request.session[_WAITS] = {
        "user": user.pk,
        "backend": user.backend,
        "hash": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
    }


def held(request: HttpRequest) -> User | None:
    """Return whose code is waited for; None: nobody's, or no longer."""
    noted = request.session.get(_WAITS)
    if not noted or timezone.now().timestamp() - noted["at"] > SECONDS:
        return None
    user = User.objects.filter(pk=noted["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), noted["hash"]):
        return None
    user.backend = noted["backend"]  # as authenticate() does
    return user


def admit(request: HttpRequest, user: User) -> None:
    """Log somebody in whose password and code were right; or note the code of who is in already."""
    if request.session.pop(_WAITS, None):
        auth.login(request, user)
    verify(request)


def verify(request: HttpRequest) -> None:
    """Note that whoever is logged in has shown the second factor that they have now."""
    device = device_of(request.user)
    request.session[VERIFIED] = device.pk if device else None


def is_verified(request: HttpRequest) -> bool:
    """Tell whether whoever is logged in has shown the second factor that they have now."""
    device = device_of(request.user)
    return device is not None and request.session.get(VERIFIED) == device.pk


def forget(request: HttpRequest) -> None:
    """Note that whoever is logged in has no second factor any more."""
    request.session.pop(VERIFIED, None)


def note_begun(request: HttpRequest, device: AppDevice) -> None:
    """Note which app is being set up in this session; in another one its key is not shown."""
    request.session[_BEGUN] = device.pk


def begun(request: HttpRequest) -> int | None:
    """Return the number of the app that is being set up in this session."""
    number: int | None = request.session.get(_BEGUN)
    return number
