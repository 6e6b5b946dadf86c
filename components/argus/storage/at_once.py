"""Several requests to a store at once, so that the network's delay is not waited for once an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(task: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """What ``task`` returns for each of ``items``, in their order; no more than ``threads`` of them run at once.

    The first error, in the order of the items, is raised; then and upon Ctrl-C nothing more is begun, and what has
    begun is waited for, so that no thread outlives the call.
    """
    if threads == 1 or len(items) < 2:
        return [task(item) for item in items]
    with ThreadPoolExecutor(min(threads, len(items)), thread_name_prefix="argus-store") as pool:
        return list(pool.map(task, items))  # which cancels the rest when it is left
