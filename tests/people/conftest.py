import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from people import roles


@pytest.fixture
def _roles(db: None) -> None:
    """What the migration made; the tables are emptied by tests that commit."""
    if not Group.objects.filter(name="Owner").exists():
        roles.create(apps)
