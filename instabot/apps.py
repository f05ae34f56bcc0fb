from django.apps import AppConfig


class InstabotConfig(AppConfig):
    name = "instabot"

    def ready(self) -> None:
        from instabot import checks  # noqa: F401, PLC0415 - registers them
