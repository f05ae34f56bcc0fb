from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"
    verbose_name = "Instagram"

    def ready(self) -> None:
        from conversations.account import identity  # noqa: PLC0415 - models are loaded by now
        from conversations.recovery import door  # noqa: PLC0415 - the same
        from conversations.removal import steps  # noqa: PLC0415 - the same
        from webhooks import customer_data, customers, mids, processing  # noqa: PLC0415 - the same

        steps.add(customers.bite)
        steps.add_of_messages(customers.forget_replies)
        steps.add_tellers(customers.tell_of)
        identity.when_known(processing.read_again)
        door.watch(mids.unread)
        customer_data.register()
