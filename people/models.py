from people.invitations.models import Invitation
from people.policy import Policy
from people.second_factor.models import AppDevice, RecoveryCode, RecoverySheet

__all__ = ["AppDevice", "Invitation", "Policy", "RecoveryCode", "RecoverySheet"]
