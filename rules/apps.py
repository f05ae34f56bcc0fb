from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "rules"
    verbose_name = "Answers"

    def ready(self) -> None:
        from conversations.account import subscription  # noqa: PLC0415 - models are not there before
        from rules import fields  # noqa: PLC0415

        subscription.need(fields.needed)
