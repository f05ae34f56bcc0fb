from incidents.models.addressee import Addressee
from incidents.models.contact import Contact
from incidents.models.dispatch import Dispatch
from incidents.models.incident import Incident
from incidents.models.notice import Notice
from incidents.models.presence import Presence
from incidents.models.probe import Probe
from incidents.models.watch import Watch

__all__ = [
    "Addressee",
    "Contact",
    "Dispatch",
    "Incident",
    "Notice",
    "Presence",
    "Probe",
    "Watch",
]  # fmt: skip
