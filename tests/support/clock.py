from collections.abc import Callable
from datetime import timedelta

Clock = Callable[
    [timedelta], None
]  # moves instabot's clock forward: the fixtures `time_passes` and `time_stands`
