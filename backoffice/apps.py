from django.apps import AppConfig
from django.db.backends.signals import connection_created

from backoffice import numbers, search


class BackofficeConfig(AppConfig):
    name = "backoffice"

    def ready(self) -> None:
        numbers.register()
        search.register()
        connection_created.connect(search.add_function)
