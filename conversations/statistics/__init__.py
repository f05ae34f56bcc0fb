"""The shop in figures: what came and went on its days, counted from the messages.

`period` counts from the rows, `day` counts one whole day, `upkeep` keeps the days counted, and
`report` adds them up.
"""

from conversations.statistics.period import (
    ANSWERED,
    TO_PERSON,
    Day,
    RuleDay,
    of_rule,
    of_shop,
)

__all__ = ["ANSWERED", "TO_PERSON", "Day", "RuleDay", "of_rule", "of_shop"]
