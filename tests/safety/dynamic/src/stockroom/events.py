"""Signals: who hears of what."""

from collections import defaultdict
from contextlib import contextmanager

_receivers = defaultdict(list)
_muted = 0


def on(event, priority=0):
    def register(function):
        _receivers[event].append((priority, function))
        _receivers[event].sort(key=lambda pair: -pair[0])
        return function
    return register


def emit(event, **payload):
    if _muted:
        return []
    return [function(**payload) for _, function in _receivers[event]]


@contextmanager
def muted():
    global _muted
    _muted += 1
    try:
        yield
    finally:
        _muted -= 1


class Transaction:
    """Emits what was queued when it ends well."""

    on_error = "rolled-back"

    def __init__(self):
        self.queue, self.results = [], []

    def __enter__(self):
        return self

    def add(self, event, **payload):
        self.queue.append((event, payload))

    def __exit__(self, kind, value, tb):
        if kind is None:
            for event, payload in self.queue:
                self.results += emit(event, **payload)
        else:
            self.results.append(self.on_error)
        return kind is not None and issubclass(kind, ValueError)
