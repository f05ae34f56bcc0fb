from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = "API"

    def ready(self) -> None:
        from api import customer_data  # noqa: PLC0415 - models are not there before

        customer_data.register()
