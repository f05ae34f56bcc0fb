from conversations import turns
from workqueue.bell import Ring


@Ring
def take_turn(pk: int) -> None:
    turns.take(pk)
