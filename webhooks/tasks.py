from conversations import turns
from conversations.tasks import take_turn
from webhooks import processing
from workqueue.bell import Ring


@Ring
def process_event(pk: int) -> None:
    """The door has just stored it."""
    _go_on(processing.at_once(pk))


@Ring
def process_due_event(pk: int) -> None:
    """The ticker found it: something went wrong with it before, or nobody heard its ring."""
    _go_on(processing.process(pk))


def _go_on(woken: processing.Woken) -> None:
    """Take a turn in the first one: a ring would only find another thread."""
    for conversation in woken.conversations[1:]:
        take_turn.ring(conversation)
    for conversation in woken.conversations[:1]:
        turns.take(conversation, woken.lease)
