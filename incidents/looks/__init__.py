"""What is looked at, and how a further look is added: one line in LOOKS.

A look is a function: it is given the time by the database's clock and returns the troubles that it
sees now. It names the kinds that it may return: an incident of a kind ends once its look has not
seen it three times. A look that raises has seen nothing, neither good nor bad.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.looks import accounts, answers, door, pages, parts, silence, tokens
from incidents.troubles import STRANGERS, Trouble


@dataclass(frozen=True, slots=True)
class Look:
    kinds: tuple[str, ...]
    find: Callable[[datetime], Iterable[Trouble]]


LOOKS: Sequence[Look] = (
    Look((parts.WORKER, parts.WORK), parts.find_idle),
    Look((parts.WEB,), parts.find_deaf),
    Look((parts.QUEUE,), parts.find_without_bell),
    Look((parts.DATABASE,), parts.find_slow_database),
    Look((parts.CONNECTIONS,), parts.find_few_connections),
    Look((parts.DISK,), parts.find_full_disks),
    Look((parts.CLOCK,), parts.find_wrong_clocks),
    Look((door.SIGNATURES,), door.find_refused),
    Look((STRANGERS,), door.find_strangers),
    Look((door.EVENTS,), door.find_failed),
    Look((pages.HOST, pages.ORIGIN), pages.find_refused),
    Look((accounts.ACCOUNT,), accounts.find_silenced),
    Look((accounts.UNREACHABLE,), accounts.find_unreachable),
    Look((tokens.TOKEN,), tokens.find_ending),
    Look((silence.SILENCE,), silence.find_silent),
    Look((answers.SENDS,), answers.find_failed_sends),
    Look((answers.ENGINE,), answers.find_failing_engines),
    Look((answers.RULES,), answers.find_no_rules),
)
# Without one of these nobody is answered, or nothing is heard: the heartbeat stops being well.
VITAL = frozenset({parts.WORKER, parts.WORK, parts.WEB, parts.QUEUE, parts.DATABASE, parts.DISK})
