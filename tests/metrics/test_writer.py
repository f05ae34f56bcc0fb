import threading

import pytest
from pytest_django import Settings

from metrics.process import Writer

pytestmark = pytest.mark.no_database


def test_where_nobody_may_read_nothing_is_written(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    before = threading.active_count()
    Writer().start("web")
    assert threading.active_count() == before
