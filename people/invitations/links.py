"""An invitation from its link to the person who came by it."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.utils import timezone

from audit import actors, trail
from backoffice.reach import reach, within
from conversations.account import access
from conversations.models import Account
from people import owners, roles
from people.invitations.models import Invitation

ADD = "people.add_invitation"
BYTES = 32


class InvitationError(Exception):
    """A link that lets nobody in; the text says why."""


USED = "This invitation was used already. If that was you, log in."
WITHDRAWN = "This invitation was withdrawn. Ask whoever invited you for a new one."
ENDED = "This invitation has ended. Ask whoever invited you for a new one."
UNKNOWN = "This is no invitation of ours. Copy the whole link, or ask for a new one."
TOO_MUCH = (
    "Whoever invited you may not give what this invitation holds any more. Ask for a new one."
)


def make(invitation: Invitation, by: User) -> str:
    """Keep an invitation without its roles; return its secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(BYTES)
    invitation.digest = _digest(secret)
    invitation.made_by, invitation.by = by, by.get_username()
    invitation.save()
    return secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def visible() -> QuerySet[Invitation]:
    """Return the invitations of those who would see no more than may be seen now."""
    mine, rows = reach(), Invitation.objects.all()
    if mine is None:
        return rows
    theirs = [
        pk for pk, accounts in rows.values_list("pk", "account_ids") if _is_in(accounts, mine)
    ]
    return rows.filter(pk__in=theirs)


def _is_in(accounts: Iterable[int], mine: Iterable[int]) -> bool:
    return bool(accounts) and set(accounts) <= set(mine)


def find(secret: str) -> Invitation:
    """Return the invitation of a link that is good; raises InvitationError."""
    found = Invitation.objects.filter(digest=_digest(secret)).first()
    if found is None:
        raise InvitationError(UNKNOWN)
    if found.used_at:
        raise InvitationError(USED)
    if found.withdrawn_at:
        raise InvitationError(WITHDRAWN)
    if not found.is_open:
        raise InvitationError(ENDED)
    if not _may_still_give(found):
        raise InvitationError(TOO_MUCH)
    return found


def _may_still_give(invitation: Invitation) -> bool:
    """Tell whether whoever invited could give the same now; they may have lost it, or grown it."""
    by = invitation.made_by
    if by is None or not (by.is_active and by.is_staff and by.has_perm(ADD)):
        return False
    given = [role.pk for role in invitation.roles.all()]
    mine = access.of(by)
    may_give = roles.to_give(by).filter(pk__in=given).count() == len(given)
    return may_give and (mine is None or _is_in(invitation.account_ids, mine))


def accept(secret: str, form: Any) -> User:
    """Make the person whom a form describes; raises InvitationError. A link is used once."""
    user: User = form.save(commit=False)  # to make a password takes long: not while others wait
    user.is_staff = True
    with owners.change(), within(None):
        invitation = find(secret)  # again: the lock was waited for
        with actors.acting(replace(actors.current(), person=user)):
            user.save()  # which notes the password as their own
        user.groups.set(invitation.roles.all())
        accounts = Account.objects.filter(pk__in=invitation.account_ids)
        if len(accounts) < len(invitation.account_ids):
            raise InvitationError(TOO_MUCH)
        access.limit(user, accounts)
        invitation.used_at, invitation.used_by = timezone.now(), user.get_username()
        invitation.save(update_fields=["used_at", "used_by"])
        said = f"accepted the invitation of “{invitation.by}” with {say(invitation)}"
        trail.record(trail.Kind.INVITATION, said, by=user)
    return user


def withdraw(rows: QuerySet[Invitation]) -> int:
    """Withdraw those that are open; return how many."""
    count = 0
    with owners.change():
        for one in rows:
            if one.is_open:
                one.withdrawn_at = timezone.now()
                one.save(update_fields=["withdrawn_at"])
                trail.record(trail.Kind.INVITATION, f"withdrew an invitation: {say(one)}")
                count += 1
    return count


def say(invitation: Invitation) -> str:
    """Say what an invitation gives, in words."""
    return describe(invitation.roles.all(), invitation.account_ids)


def describe(given: Iterable[Group], accounts: Iterable[int]) -> str:
    names = ", ".join(sorted(group.name for group in given)) or "no role"
    limit = ", ".join(map(str, sorted(accounts)))
    return f"{names}; only accounts {limit}" if limit else names
