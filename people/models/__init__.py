from people.invitations.models import Invitation
from people.models.reason import Because, EndedSession
from people.models.session import Session
from people.models.tries import Tries
from people.policy import Policy
from people.second_factor.models import AppDevice, RecoveryCode, RecoverySheet

__all__ = [
    "AppDevice", "Because", "EndedSession", "Invitation", "Policy", "RecoveryCode", "RecoverySheet",
    "Session", "Tries",
]  # fmt: skip
