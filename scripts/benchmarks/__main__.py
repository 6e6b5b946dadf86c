"""``python -m scripts.benchmarks``: one subcommand for each thing that is measured."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from argus.core.errors import ArgusError
from scripts.benchmarks import clip, cloud, collection, component, kills, models, soak, strangers, visits

_EXAMPLES = """\
examples:
  scripts/bench models
  scripts/bench models --json > models.jsonl
  scripts/bench clip --rounds 1
  scripts/bench visits --rotations 1
  scripts/bench strangers
  scripts/bench collection --sizes 100,2000
  scripts/bench kills --kills 200
  scripts/bench component --kills 200 --away 300 --events 10000
  scripts/bench soak --minutes 10
  scripts/bench cloud --events 10000
"""

_COMMANDS = (models, clip, visits, strangers, collection, kills, component, soak, cloud)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: measured; 1: something needed is missing."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures speed and errors; figures are reported, never asserted.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    for command in _COMMANDS:
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except ArgusError as error:
        print(f"argus: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
