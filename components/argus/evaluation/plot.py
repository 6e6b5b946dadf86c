"""Strangers named against people named rightly, as a picture file and as text.

The packages that draw are an extra (``evaluation``) and are imported when something is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from argus.core.errors import UsageError
from argus.evaluation.identification import FIXED_TOLERANCE, Identification, Tally

_LOWEST = 1e-4
"""Where the axis of strangers begins; a share of none is drawn there."""

_COLUMNS, _ROWS = 60, 20
"""Of the text: every tenth column is labelled, which falls on every whole third of a power of ten."""


@dataclass(frozen=True)
class _Curve:
    """One setting, in the terms of the axes: log10 of the strangers' share, and the people's.

    Attributes:
        measured: at the wanted rates.
    """

    name: str
    line: tuple[Sequence[float], Sequence[float]]
    measured: tuple[Sequence[float], Sequence[float]]


def check_can_draw(path: Path) -> None:
    """Refuses at once what would fail when everything is measured.

    Raises:
        UsageError: the packages that draw are missing, or there is no folder to write ``path`` to.
    """
    if not path.parent.is_dir() or (path.is_dir() and path != Path()):
        raise UsageError(f"{path} cannot be written: name a file in a folder that exists")
    try:
        import matplotlib  # noqa: F401
        import plotille  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a plot needs the package {error.name}: install the extra `evaluation`, as scripts/argus does"
        ) from error


def write_png(identifications: Sequence[Identification], path: Path) -> None:
    """Draws to a PNG file.

    Raises:
        UsageError: it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    figure = Figure(figsize=(8, 5.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for index, (ours, fixed) in enumerate(_drawable(identifications)):
        colour = f"C{index}"
        axes.plot(*_powers(ours.line), color=colour, label=ours.name)
        axes.plot(*_powers(ours.measured), "o", color=colour)
        axes.plot(*_powers(fixed.line), "--", color=colour, alpha=0.6, label=fixed.name)
        axes.plot(*_powers(fixed.measured), "X", color=colour, markersize=9)
    axes.set_xscale("log")
    axes.set_xlim(_LOWEST, 1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("strangers who are given somebody's name")
    axes.set_ylabel("enrolled people who are named rightly")
    axes.set_title(f"dots: wanted false-alarm rates; crosses: fixed tolerance {FIXED_TOLERANCE}", fontsize="medium")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize="small")
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): choose another --plot") from error


def text_plot(identifications: Sequence[Identification]) -> str:
    """Draws with characters, for a terminal of 80 columns; letters mark what was measured."""
    import plotille

    figure = plotille.Figure()
    figure.with_colors, figure.origin = False, False
    drawable = list(_drawable(identifications))
    least = min((share for ours, _ in drawable for share in ours.line[1]), default=0.0)
    lowest, left = min(0.9, math.floor(least * 10) / 10), math.log10(_LOWEST)
    # The upper end of an axis is not part of it: one more column and row, so that all of everybody can be drawn.
    figure.width, figure.height = _COLUMNS + 1, _ROWS + 1
    figure.set_x_limits(left, -left / _COLUMNS)
    figure.set_y_limits(lowest, 1 + (1 - lowest) / _ROWS)
    figure.x_ticks_fkt = lambda value, _: f"{round(100 * 10**value, 2):g}"
    figure.y_ticks_fkt = lambda value, _: f"{100 * value:.0f}" if value < 1 + 1e-6 else ""
    figure.x_label, figure.y_label = "%", "%"
    legend = ["across: strangers who are given a name; upwards: people named rightly"]
    for index, (ours, fixed) in enumerate(drawable):
        letter = chr(ord("a") + index)
        figure.plot(*ours.line)
        figure.scatter(*fixed.measured, marker=letter.upper())
        figure.scatter(*ours.measured, marker=letter)
        legend += [f"  {letter}  {ours.name}, at the wanted rates", f"  {letter.upper()}  {fixed.name}"]
    # The arrow at the end of the axis may be cut.
    drawing = [line[:80].rstrip() for line in figure.show().splitlines()]
    return "\n".join([*drawing, *legend])


def _drawable(identifications: Sequence[Identification]) -> Iterator[tuple[_Curve, _Curve]]:
    """Argus's curve and the fixed tolerance's of every setting that has both axes."""
    for found in identifications:
        if not (found.fixed.strangers_named.trials and found.fixed.named_rightly.trials):
            continue
        setting = found.setting
        pictures = f"{setting.enrolled_pictures} enrolled, {setting.probe_pictures} looked at"
        yield (
            _Curve(
                f"Argus, {pictures}",
                (_logs(found.curve.strangers_named), list(found.curve.named_rightly)),
                _points(list(found.at_rates.values())),
            ),
            _Curve(
                f"nearest picture, {pictures}",
                (_logs(found.fixed_curve.strangers_named), list(found.fixed_curve.named_rightly)),
                _points([found.fixed]),
            ),
        )


def _points(tallies: Sequence[Tally]) -> tuple[Sequence[float], Sequence[float]]:
    return (
        _logs([tally.strangers_named.value or 0.0 for tally in tallies]),
        [tally.named_rightly.value or 0.0 for tally in tallies],
    )


def _logs(shares: Iterable[float]) -> list[float]:
    return [math.log10(max(_LOWEST, share)) for share in shares]


def _powers(points: tuple[Sequence[float], Sequence[float]]) -> tuple[list[float], Sequence[float]]:
    return [10**x for x in points[0]], points[1]
