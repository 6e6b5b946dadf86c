"""The process that imitates AWS: moto's server on 127.0.0.1, as :mod:`cloud_lambdas.local.simulator` starts it.

Its argument is a port, 0 for a free one; it prints the port that it has, and ends when its standard input does.
"""

from __future__ import annotations

import sys

from moto.server import ThreadedMotoServer

from cloud_lambdas.local.moto_repairs import mend
from cloud_lambdas.local.moto_sns import show_all_words


def main() -> None:
    mend()
    show_all_words()
    server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
