from django.apps import AppConfig, apps


class InstabotConfig(AppConfig):
    name = "instabot"

    def ready(self) -> None:
        from instabot import checks  # noqa: F401, PLC0415 - registers them

        # What staff read above the pages of users and roles.
        apps.get_app_config("auth").verbose_name = "People"
