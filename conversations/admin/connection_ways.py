"""The ways to connect an account, as staff choose among them."""

from dataclasses import dataclass

from django.conf import settings

from instagram.diagnosis import MESSAGES
from instagram.kinds import TITLES, Kind


@dataclass(frozen=True, slots=True)
class Way:
    """A way to connect an account, and what it needs."""

    kind: Kind
    needs: str
    where: str
    link: str

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def permission(self) -> str:
        return MESSAGES[self.kind]


def ways() -> list[Way]:
    return [
        Way(
            Kind.INSTAGRAM,
            "A professional Instagram account and an app at Meta. No Facebook Page. The token"
            " renews itself.",
            "the app's dashboard, “API setup with Instagram login”",
            dashboard(),
        ),
        Way(
            Kind.FACEBOOK,
            "A Facebook Page that is linked with the Instagram account, a role on it, and an app"
            " at Meta.",
            "the Graph API Explorer",
            "https://developers.facebook.com/tools/explorer/",
        ),
        Way(
            Kind.UNIFIED,
            "A business at Meta and a system user who was given the account. For agencies.",
            "the business settings, “System users”",
            "https://business.facebook.com/settings/system-users",
        ),
    ]


def dashboard() -> str:
    """Return the address of the app's dashboard; of all apps, where ours is not known."""
    app = f"{settings.FACEBOOK_APP_ID}/" if settings.FACEBOOK_APP_ID else ""
    return f"https://developers.facebook.com/apps/{app}"
