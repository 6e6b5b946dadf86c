"""What was looked over, for people and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from argus.cli.output import ExitCode, print_json, print_text

if TYPE_CHECKING:
    from argus.core.finding import Finding

_WIDTH = 110
_INDENT = 20


def report(findings: Iterable[Finding], *, as_json: bool) -> ExitCode:
    """Prints each as it is found; refused where there is a fault."""
    faults = 0
    for finding in findings:
        faults += finding.state == "fault"
        if as_json:
            print_json(
                {
                    "topic": finding.topic,
                    "state": finding.state.value,
                    "what": finding.what,
                    "remedy": finding.remedy,
                }
            )
        else:
            for line in lines(finding):
                print_text(line)
    if not as_json:
        print_text()
        print_text("All is well." if not faults else f"{faults} thing{'' if faults == 1 else 's'} to mend.")
    return ExitCode.REFUSED if faults else ExitCode.DONE


def lines(finding: Finding) -> list[str]:
    """A finding for people; the remedy on lines of its own, behind an arrow."""
    state = finding.state.value.upper() if finding.state == "fault" else finding.state.value
    shown = textwrap.wrap(
        finding.what,
        _WIDTH,
        initial_indent=f"{finding.topic:<12} {state:<6} ",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if finding.remedy is not None:
        shown += textwrap.wrap(
            finding.remedy,
            _WIDTH,
            initial_indent=" " * _INDENT + "-> ",
            subsequent_indent=" " * (_INDENT + 3),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return shown
