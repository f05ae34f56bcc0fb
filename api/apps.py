from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = "API"

    def ready(self) -> None:
        from api import customer_data, traces  # noqa: PLC0415 - models are loaded by now
        from conversations.removal import steps  # noqa: PLC0415 - the same

        customer_data.register()
        steps.add(traces.bite)
