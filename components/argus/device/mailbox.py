"""A one-slot, newest-wins mailbox between a reader that must not wait and a consumer that may be slow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the newest item only; an item that was never taken is replaced and counted as dropped.

    One thread puts and ends; one thread iterates, or takes, as it waits for several mailboxes at once.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        """``on_change`` is called after every item and at the end, in the thread that puts."""
        self._on_change = on_change
        self._changed = Condition()
        self._item: list[T] = []
        self._ended = False
        self._error: BaseException | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Items that were replaced before anybody took them."""
        with self._changed:
            return self._dropped

    def put(self, item: T) -> None:
        with self._changed:
            self._dropped += len(self._item)
            self._item = [item]
            self._changed.notify()
        self._on_change()

    def end(self, error: BaseException | None = None) -> None:
        """No more items: the consumer gets the last one, then ``error`` is raised there, or its loop ends."""
        with self._changed:
            if not self._ended:
                self._ended, self._error = True, error
            self._changed.notify()
        self._on_change()

    def take(self) -> T | None:
        """The item, without waiting; None when there is none.

        Raises:
            BaseException: the error that the mailbox was ended with, after its last item.
        """
        with self._changed:
            if self._item:
                return self._item.pop()
            if self._error is not None:
                raise self._error
            return None

    @property
    def over(self) -> bool:
        """Nothing is in it, and nothing will be."""
        with self._changed:
            return self._ended and not self._item

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._item or self._ended)
                if not self._item:
                    if self._error is not None:
                        raise self._error
                    return
                item = self._item.pop()
            yield item
