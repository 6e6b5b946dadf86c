"""People who do not exist, each near an axis of their own: far from one another, near to themselves."""

from __future__ import annotations

import numpy as np

from argus.core.types import EMBEDDING_SIZE, Person
from argus.evaluation.identification import Sitter


def sitter(name: str, axis: int, pictures: int, spread: float = 0.05) -> Sitter:
    """Pictures around 1 on an axis; two differ by ``spread`` times the square root of 2."""
    vectors = np.zeros((pictures, EMBEDDING_SIZE), np.float32)
    vectors[:, axis] = 1
    for index in range(pictures):
        vectors[index, 64 + index] = spread
    return Sitter(Person(name, name.title()), vectors)


def sitters(count: int, pictures: int, first_axis: int = 0, prefix: str = "p") -> list[Sitter]:
    return [sitter(f"{prefix}{axis}", axis, pictures) for axis in range(first_axis, first_axis + count)]
