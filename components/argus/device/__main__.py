"""``python -m argus.device``: the program on a device."""

from __future__ import annotations

import sys

from argus.device.program.main import main

if __name__ == "__main__":
    sys.exit(main())
