"""The process that imitates AWS: moto's server on 127.0.0.1, as :mod:`cloud_lambdas.local.simulator` starts it.

Its argument is a port, 0 for a free one; it prints the port that it has, and ends when its standard input does.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend
from moto.server import ThreadedMotoServer

from cloud_lambdas.local.moto_stacks import only_record_stacks


def tell_of_delete_markers() -> None:
    """moto's buckets with versions are silent when an object is deleted; AWS tells that a delete marker was made.

    It replaces a private method: moto's version is pinned, and a test fails when this has no effect.
    """
    silent = S3Backend._set_delete_marker

    def set_delete_marker(self: S3Backend, bucket_name: str, key_name: str) -> FakeDeleteMarker:
        marker = silent(self, bucket_name, key_name)
        event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        gone: Any = SimpleNamespace(name=key_name, etag="", size=0)
        notifications.send_event(self.account_id, event, self.get_bucket(bucket_name), gone)
        return marker

    S3Backend._set_delete_marker = set_delete_marker  # type: ignore[method-assign]


def main() -> None:
    tell_of_delete_markers()
    only_record_stacks()
    server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
