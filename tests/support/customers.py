"""Customers who write one after the other, each their own message, until they are told to stop."""

import itertools
import threading
import time
from collections import Counter
from typing import Self

import requests

from tests.support.service import Service

WORDS = ("delivery", "price")


class Customers:
    """asked: those whose message was taken; at: which service they write to."""

    def __init__(self, at: Service) -> None:
        self.at, self.asked = at, list[str]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _write(self) -> None:
        for number in itertools.count(1):
            if self._stop.is_set():
                return
            self._ask(f"87{number:04}", WORDS[number % 2], f"aWdfDrill{number}")

    def _ask(self, customer: str, word: str, mid: str) -> None:
        """Meta delivers once more what nobody took."""
        while not self._stop.is_set():
            try:
                taken = self.at.hears(word, mid, customer) == 200
            except requests.RequestException:
                taken = False
            if taken:
                self.asked.append(customer)
                time.sleep(0.02)
                return
            self.at.graph.heard.pop()
            time.sleep(0.1)

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def once_each(self) -> Counter[str]:
        return Counter(self.asked)


def answered(service: Service) -> Counter[str]:
    """Return how many answers each customer got."""
    return Counter(sent.recipient for sent in service.graph.sent)
