"""What staff see of incidents, and whom they have instabot tell."""

from incidents.admin import bars
from incidents.admin.contact import ContactAdmin
from incidents.admin.incident import IncidentAdmin

__all__ = ["ContactAdmin", "IncidentAdmin", "bars"]
