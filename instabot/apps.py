from django.apps import AppConfig
from django.contrib.auth.apps import AuthConfig


class InstabotConfig(AppConfig):
    name = "instabot"
    default = True

    def ready(self) -> None:
        from instabot import checks  # noqa: F401, PLC0415 - registers them


class PeopleConfig(AuthConfig):
    """Django's users and groups, called as staff call them above their pages."""

    verbose_name = "People"
