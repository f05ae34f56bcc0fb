from incidents.models.contact import Contact
from incidents.models.incident import Incident
from incidents.models.notice import Notice
from incidents.models.presence import Presence
from incidents.models.probe import Probe
from incidents.models.watch import Watch

__all__ = ["Contact", "Incident", "Notice", "Presence", "Probe", "Watch"]
