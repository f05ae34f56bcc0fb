"""Numbers that no column could have are in no row: SQLite would break on them.

Django knows that of `pk=…`, but not of `pk__in=[…]`, which forms ask with what was sent.
"""

from typing import Any

from django.db.models import IntegerField
from django.db.models.lookups import In

LEAST, MOST = -(2**63), 2**63 - 1


class InReach(In):
    """Leaves out what is beyond 64 bits."""

    rhs: Any

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            self.rhs = [one for one in self.rhs if not isinstance(one, int) or _is_one(one)]
        return super().process_rhs(compiler, connection)


def _is_one(number: int) -> bool:
    return LEAST <= number <= MOST


def register() -> None:
    IntegerField.register_lookup(InReach)
