"""Runs a command that ends with whoever started this, even if that was killed; SIGTERM is handed on to it.

Its standard input is a pipe that nobody writes to; the system closes it when the other end's process is gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: process.terminate())

    def end() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # not by the buffer, which the interpreter could not close meanwhile
            pass
        process.kill()

    threading.Thread(target=end, daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
