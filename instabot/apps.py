from django.apps import AppConfig, apps

# Django's users and groups, called as the sidebar and staff call them: in paths above a page,
# counts below a list, questions and answers. Django's migrations do not look at these names.
NAMES = {"User": ("person", "people"), "Group": ("role", "roles")}


class InstabotConfig(AppConfig):
    name = "instabot"

    def ready(self) -> None:
        from instabot import checks  # noqa: F401, PLC0415 - registers them

        auth = apps.get_app_config("auth")
        auth.verbose_name = "Access"
        for model, (one, several) in NAMES.items():
            meta = auth.get_model(model)._meta  # noqa: SLF001 - public in Django's documentation
            meta.verbose_name, meta.verbose_name_plural = one, several
