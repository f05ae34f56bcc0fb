from conversations.bell import Ring, on_worker_start
from conversations.tasks import take_turn
from webhooks import processing


@Ring
def process_event(pk: int) -> None:
    woken = processing.process(pk)
    for conversation in woken[1:]:
        take_turn.ring(conversation)
    if woken:  # this thread goes on with the first one: a ring would only find another thread
        take_turn.answer(woken[0])


@on_worker_start
def start_ticker() -> None:
    from webhooks import ticker  # noqa: PLC0415 - it rings the tasks of this file

    ticker.start()
