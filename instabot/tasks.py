from instabot import worker
from workqueue.bell import on_worker_start


@on_worker_start
def start_worker() -> None:
    worker.start()
