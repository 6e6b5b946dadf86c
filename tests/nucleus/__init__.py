"""A nucleus for tests: a strict double of Greengrass's IPC server and token exchange, no laxer than nucleus lite.

Use::

    from tests.nucleus import NucleusProcess, default_configuration

    defaults = default_configuration(root / "recipes/argus.FaceRecognizer.yaml")   # or any dictionary
    with NucleusProcess(defaults, broker_port=broker.port, thing="thing-1") as nucleus:
        component = subprocess.Popen([...], env=os.environ | nucleus.environment)
        nucleus.tell("silence", topic_filter="argus/v1/canary/thing-1")
        nucleus.tell("configure", merge={"log": {"level": "debug"}})
        nucleus.kill()     # SIGKILL: what it had acknowledged and not yet sent is lost
        nucleus.start()    # the same socket and configuration, another SVCUID: `nucleus.environment` is new

It is a process of its own (``python -m tests.nucleus``), behind which stands a real broker (:mod:`tests.broker`).
Commands, each a ``do_`` method of :class:`tests.nucleus.server.Nucleus`: ``silence``, ``speak``, ``hang``, ``resume``,
``drop``, ``end``, ``hold``, ``release``, ``lose``, ``refuse``, ``configure``, ``forget``, ``credentials``, ``say``,
``state``, ``requests``. Options: :class:`tests.nucleus.server.Options`.

What it is strict about, as nucleus lite is:

- Frames: checksums, at most 10,000 bytes, the two kinds of headers that IPC uses. Anything else ends the connection.
- The first message greets, with the SVCUID of this run; stream ids only grow.
- ``accessControl`` of the component's configuration; UnauthorizedError for what it does not allow. Errors say no more.
- Publishing and subscribing while the broker is away is refused, and publishing while ten messages are under way
  (``classic=True``: taken, as by the classic nucleus). What was taken is in memory until the broker has it. The session
  with the broker is clean at every connect. Nothing is retained.
- Overlapping subscriptions deliver a message once each; messages of more than some 4,900 bytes never arrive.
- A leaf of the configuration is answered as ``{name: value}`` and has at most 1,024 bytes; an answer that would be too
  large is a ServiceError. Update events come once for every changed leaf, without its value, and never for a reset,
  which takes a key away. ``texts=True``: numbers and booleans arrive as texts.
- The token exchange wants the SVCUID in its header, and answers a JSON null while it has nothing (``credentials``).
- Shadows, secrets and everything else that lite does not have: ServiceError.
"""

from tests.nucleus.child import NucleusProcess
from tests.nucleus.recipe import default_configuration

__all__ = ["NucleusProcess", "default_configuration"]
