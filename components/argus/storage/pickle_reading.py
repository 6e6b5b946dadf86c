"""Reads pickles without running them: what one wants to be called is named, and never called.

Loading a pickle does whatever its author likes. This reads the part of the format that data consists of, as pickle's
own documentation describes it (``pickletools``); nothing is imported, and no object is made but containers, numbers,
text, bytes and :class:`Call`.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False, repr=False)
class Call:
    """What a pickle wants to be called: ``module name``, with these arguments, the result then given this state."""

    function: str
    arguments: tuple[object, ...] = ()
    state: object = None


def read_pickle(data: bytes) -> object:
    """What a pickle of protocol 2 to 5 describes; keys of dicts are text.

    Containers may hold each other or themselves in any number, so whoever looks into them bounds how deep.

    Raises:
        ValueError, TypeError, IndexError, KeyError, AttributeError: it is no pickle, or needs more than that.
    """
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in _VALUES:
            machine.stack.append(argument)
        elif opcode.name in _DOING:
            _DOING[opcode.name](machine, argument)
        else:
            raise ValueError(f"{opcode.name} is nothing that data needs")
    (value,) = machine.stack
    return value


class _Machine:
    """Pickle's stack, its marks, and what it remembers by number."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[Any, object] = {}

    def above_mark(self) -> list[Any]:
        return self.take(len(self.stack) - self.marks.pop())

    def take(self, count: int) -> list[Any]:
        start = len(self.stack) - count
        if not 0 <= start <= len(self.stack):
            raise IndexError("something is taken that is not there")
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def extend(self, items: list[Any]) -> None:
        list.extend(self.stack[-1], items)

    def update(self, items: list[Any]) -> None:
        keys, values = items[::2], items[1::2]
        if not all(isinstance(key, str) for key in keys):
            raise ValueError("a key is no text")
        dict.update(self.stack[-1], zip(keys, values, strict=True))

    def name(self, module: object, attribute: object) -> None:
        if not isinstance(module, str) or not isinstance(attribute, str):
            raise ValueError("a name is no text")
        self.stack.append(Call(f"{module} {attribute}"))

    def call(self) -> None:
        function, arguments = self.take(2)
        if not isinstance(function, Call) or not isinstance(arguments, tuple):
            raise ValueError("something is called that cannot be")
        self.stack.append(Call(function.function, arguments))

    def build(self) -> None:
        made, state = self.take(2)
        if not isinstance(made, Call):
            raise ValueError("something is given a state that has none")
        made.state = state
        self.stack.append(made)

    def remember(self, number: object) -> None:
        self.memo[len(self.memo) if number is None else number] = self.stack[-1]


_VALUES = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_DOING: Mapping[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda machine, _: None),
    "NONE": lambda machine, _: machine.stack.append(None),
    "NEWTRUE": lambda machine, _: machine.stack.append(True),
    "NEWFALSE": lambda machine, _: machine.stack.append(False),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_TUPLE": lambda machine, _: machine.stack.append(()),
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.above_mark())),
    "TUPLE1": lambda machine, _: machine.stack.append(tuple(machine.take(1))),
    "TUPLE2": lambda machine, _: machine.stack.append(tuple(machine.take(2))),
    "TUPLE3": lambda machine, _: machine.stack.append(tuple(machine.take(3))),
    "APPEND": lambda machine, _: machine.extend(machine.take(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.above_mark()),
    "SETITEM": lambda machine, _: machine.update(machine.take(2)),
    "SETITEMS": lambda machine, _: machine.update(machine.above_mark()),
    "GLOBAL": lambda machine, names: machine.name(*names.split(" ")),
    "STACK_GLOBAL": lambda machine, _: machine.name(*machine.take(2)),
    "REDUCE": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.build(),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.remember),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda machine, number: machine.stack.append(machine.memo[number])),
}
