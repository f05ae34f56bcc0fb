from conversations.bell import Ring, on_worker_start
from conversations.tasks import take_turn
from webhooks import processing


@Ring
def process_event(pk: int) -> None:
    for conversation in processing.process(pk):
        take_turn.ring(conversation)


@on_worker_start
def start_ticker() -> None:
    from webhooks import ticker  # noqa: PLC0415 - it rings the tasks of this file

    ticker.start()
