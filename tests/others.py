"""Another process, for tests of races: a thread with a connection of its own. Only in tests with `transaction=True`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction


@contextmanager
def _another(act) -> Iterator[None]:
    """`act` has run in a transaction of the other, which stays open for the length of the block."""
    ready, enough = threading.Event(), threading.Event()

    def live():
        try:
            with transaction.atomic():
                act()
                ready.set()
                enough.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        assert ready.wait(20), "the other process did not get its lock"
        yield
    finally:
        enough.set()  # also when it got its lock too late: it lets go of it at once
        thread.join(20)


def held_by_another(model: type[models.Model], **which):
    """The rows are locked by somebody else."""
    return _another(lambda: list(model.objects.select_for_update().filter(**which)))


def locked_by_another(number: int):
    """The advisory lock is somebody else's."""

    def lock():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

    return _another(lock)
