from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
    verbose_name = "Notices"

    def ready(self) -> None:
        from notices import customer_data  # noqa: PLC0415 - models are loaded by now

        customer_data.register()
