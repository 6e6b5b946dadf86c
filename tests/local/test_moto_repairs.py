"""What moto does wrong when much happens at once, and the local cloud therefore mends."""

from __future__ import annotations

import subprocess
import sys

CROWDED = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from moto.sqs.models import sqs_backends
from cloud_lambdas.local.moto_repairs import mend

mend()
sys.setswitchinterval(1e-5)  # a server's threads meet as often in a minute as these do in a second
backend = sqs_backends["123456789012"]["eu-central-1"]
backend.create_queue("crowded", {})
came, all_sent = [], threading.Event()

def send(sender):
    for number in range(100):
        backend.send_message("crowded", f"{sender} {number}")

def receive(_):
    while True:
        ending = all_sent.is_set()
        messages = backend.receive_message("crowded", 10, 0, 600)
        for message in messages:
            backend.delete_message("crowded", message.receipt_handle)
            came.append(message.body)
        if ending and not messages:
            return

with ThreadPoolExecutor(8) as pool:
    receiving = [pool.submit(receive, number) for number in range(4)]
    list(pool.map(send, range(4)))
    all_sent.set()
    for one in receiving:
        one.result()
print(len(came), len(set(came)))
"""


def test_of_messages_that_come_and_go_at_once_none_is_lost_and_none_comes_twice() -> None:
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", CROWDED], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["400", "400"]
