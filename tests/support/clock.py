from collections.abc import Callable
from datetime import timedelta

Clock = Callable[[timedelta], None]  # moves instabot's clock forward: the fixture `time_passes`
