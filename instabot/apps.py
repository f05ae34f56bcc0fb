from django.apps import AppConfig, apps


class InstabotConfig(AppConfig):
    name = "instabot"

    def ready(self) -> None:
        from instabot import checks  # noqa: F401, PLC0415 - registers them

        # Users and groups, called as staff call them above their pages.
        apps.get_app_config("auth").verbose_name = "People"
