"""Everything a demo consists of, put together, played, looked at and taken down."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from argus.cli.cloud_local import shell_lines, upload_line
from argus.cli.demo import evidence
from argus.cli.demo.judging import Facts, Photo, Problem, alerting, figures, judge
from argus.cli.demo.people import ENROLLED, VISITORS, enrol, subscribe
from argus.cli.demo.programs import THING, DemoCamera, DemoDevice, device_configuration
from argus.cli.demo.record import Alerted, Record, Told, listening
from argus.cli.demo.telling import Telling, photo_line
from argus.cli.demo.zone import zone_name
from argus.core.errors import UsageError

if TYPE_CHECKING:
    from cloud_lambdas.local.compose import LocalCloud

COOL_DOWN_SECONDS = 60
"""Longer than the clip, so that who comes back in it is no second alert; and short for whoever looks on."""

_PATIENCE_SECONDS = 60.0
"""For each thing that is waited for, on a machine that is busy with other things."""

_LOOK_SECONDS = 0.2
_LOOK_AT_PHOTOS_SECONDS = 1.0


class Ended(Exception):
    """Somebody asked for the end."""


@dataclass(frozen=True)
class Play:
    """What is wanted.

    Attributes:
        portraits: the folder with the pictures.
        source: what the device's camera is; None for the clip.
        once: the clip once, then a judgement; otherwise until somebody asks for the end.
        preview_port: where the page with the live picture is served; None for no page.
    """

    portraits: Path
    source: str | None
    once: bool
    preview_port: int | None


class Stage:
    """One demo.

    Args:
        ended: set when somebody asks for the end.
    """

    def __init__(self, play: Play, telling: Telling, ended: threading.Event) -> None:
        self._play = play
        self._telling = telling
        self._ended = ended
        self._record = Record()
        self._commanded: str | None = None

    def perform(self) -> tuple[Problem, ...]:
        """From the set-up to the end; returns what went wrong.

        Raises:
            Ended: before it was over.
            UsageError: a part cannot be started.
        """
        from cloud_lambdas.local.compose import local_cloud

        os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "WARNING")  # of the functions, which run in this process
        with ExitStack() as ending:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="argus-demo-")))
            camera = None if self._play.source else ending.enter_context(DemoCamera(self._play.portraits))
            began = time.monotonic()
            parameters = {"AlertCoolDownSeconds": str(COOL_DOWN_SECONDS), "TimeZone": zone_name()}
            cloud = ending.enter_context(local_cloud(parameters=parameters, on_sent=self._record.sent))
            self._telling.note(
                f"the cloud runs on this machine, made from its template in {time.monotonic() - began:.1f} s: "
                f"{len(cloud.functions)} functions, broker {cloud.broker.name}"
            )
            ending.enter_context(listening(self._record, cloud.mqtt_port, "people"))
            subscribe(cloud)
            device = ending.enter_context(self._device(folder, cloud, camera))
            photos, in_use = self._enrol(cloud)
            if camera is not None and not self._until(camera.is_ready):
                raise UsageError("the demo's clip takes too long to render: end what else this machine does")
            if not self._play.once:
                self._go_on(cloud, device, camera, folder)
            assert camera is not None
            if in_use:
                self._play_once(cloud, camera)
            facts = self._facts(cloud, device, photos)
            problems = judge(facts)
            if problems:
                self._telling.note("the end of the device's log:")
                for line in device.last_words():
                    self._telling.note(line)
            self._telling.summary(figures(facts), problems)
            return problems

    def _device(self, folder: Path, cloud: LocalCloud, camera: DemoCamera | None) -> DemoDevice:
        from argus.storage.signing_kms import KmsSigner

        outputs = cloud.outputs
        source = self._play.source if camera is None else camera.address
        assert source is not None
        configuration = device_configuration(
            source=source,
            place=_place(cloud),
            key=KmsSigner(cloud.client("kms"), outputs["SigningKeyArn"]).verifier.pem.decode(),
            snapshots=f"s3://{outputs['SnapshotsBucket']}",
            preview_port=self._play.preview_port,
        )
        self._telling.note("the device's program runs in a process of its own, and follows the cloud's collection")
        return DemoDevice(folder, configuration, cloud.environment, cloud.mqtt_port)

    def _enrol(self, cloud: LocalCloud) -> tuple[list[Photo], bool]:
        """Whether the device has what was enrolled, beside the photos."""
        photos = []
        for person in ENROLLED:
            for photo in enrol(cloud, self._play.portraits, person):
                self._telling.note(f"put s3://{cloud.outputs['PhotosBucket']}/{photo.key}")
                photos.append(photo)

        def all_judged() -> bool:
            photos[:] = [photo if photo.verdict else evidence.judged(cloud, photo) for photo in photos]
            return all(photo.verdict for photo in photos)

        self._until(all_judged)
        for photo in photos:
            self._telling.note(photo_line(photo))
        in_use = self._until(lambda: self._in_use(cloud))
        if in_use:
            self._telling.note("the device has the signed collection")
        return photos, in_use

    def _play_once(self, cloud: LocalCloud, camera: DemoCamera) -> None:
        """Plays the clip, and waits until everything has followed from it, or does not."""
        self._until(self._sees)
        self._telling.note(
            f"the camera shows {camera.seconds:.0f} s: a resident, a stranger, and the resident again, "
            "too soon for another alert"
        )
        camera.play(again=False)
        self._until(lambda: False, camera.seconds)
        self._telling.note("waiting until all that follows is done")
        self._until(lambda: self._is_quiet(cloud))
        self._command(cloud)
        # Pictures come after their events.
        self._until(lambda: all(not evidence.picture_behind(one.sent.text).trouble for one in self._alerts(cloud)))

    def _sees(self) -> bool:
        """Whether the device has its camera."""
        status = self._record.status
        return status is not None and all(camera.connected for camera in status.cameras)

    def _command(self, cloud: LocalCloud) -> None:
        """Tells the device to look for a newer version, and waits for its reply."""
        answer = evidence.told_device(cloud, {"command": "sync", "thing": THING})

        def settled() -> bool:
            nonlocal answer
            if answer.get("state") in ("sending", "sent"):
                request = {"command": "state", "thing": THING, "command_id": answer["command_id"]}
                answer = evidence.told_device(cloud, request)
            return answer.get("state") not in ("sending", "sent")

        self._until(settled)
        said = [answer.get(name) for name in ("outcome", "state", "message", "error", "errorMessage")]
        self._commanded = str(next(filter(None, said), "no answer"))

    def _is_quiet(self, cloud: LocalCloud) -> bool:
        """Whether all visitors have come and left, and nothing is under way any more."""
        told, status = self._record.told, self._record.status
        ends = [one for one in told.values() if one.event.kind == "left"]
        return (
            len(ends) >= len(VISITORS)
            and status is not None
            and status.events.waiting == 0
            and status.events.delivered == len(told)
            and len(self._alerts(cloud)) >= len(alerting(one.event for one in told.values()))
            and evidence.under_way(cloud) == 0
        )

    def _alerts(self, cloud: LocalCloud) -> list[Alerted]:
        """What was sent to the topic of alerts."""
        topic = cloud.outputs["AlertsTopic"].rpartition(":")[2]
        return [one for one in self._record.alerted if one.sent.topic == topic]

    def _facts(self, cloud: LocalCloud, device: DemoDevice, photos: list[Photo]) -> Facts:
        record, alerts = self._record, self._alerts(cloud)
        status, confirmation = record.status, evidence.confirmed(cloud, _place(cloud), THING)
        return Facts(
            photos=tuple(photos),
            issued=record.issued,
            in_use=None if confirmation is None else (confirmation.version, confirmation.confirmed_at),
            told=tuple(sorted(record.told.values(), key=lambda one: one.event.device.sequence)),
            visitors=VISITORS,
            sightings=evidence.sightings(cloud),
            waiting=status.events.waiting if status else None,
            dropped=status.events.dropped if status else None,
            alerts=tuple((one, evidence.picture_behind(one.sent.text)) for one in alerts),
            categories={person.id: person.record["category"] for person in ENROLLED},
            alarms=tuple(one for one in record.alerted if one not in alerts),
            dead_letters=evidence.dead_letters(cloud),
            failed_rules=evidence.failed_rules(cloud),
            reported=evidence.reported_version(cloud, THING),
            commanded=self._commanded,
            device_exit=device.exit_code,
        )

    def _in_use(self, cloud: LocalCloud) -> bool:
        """Whether the device has the newest version."""
        confirmation = evidence.confirmed(cloud, _place(cloud), THING)
        issued = self._record.issued
        return issued is not None and confirmation is not None and confirmation.version == issued.version

    def _go_on(self, cloud: LocalCloud, device: DemoDevice, camera: DemoCamera | None, folder: Path) -> NoReturn:
        """Plays over and over, and tells of photos that somebody puts, until somebody asks for the end."""
        if camera is not None:
            camera.play(again=True)
        self._invite(cloud, folder)
        known = evidence.verdicts(cloud)
        while True:
            self._until(lambda: device.exit_code is not None, _LOOK_AT_PHOTOS_SECONDS)
            if device.exit_code is not None:
                raise UsageError(f"the device's program ended: {device.last_words()[-1]}")
            now = evidence.verdicts(cloud)
            for key, sentence in now.items():
                if known.get(key) != sentence:
                    self._telling.note(f"{key}: {sentence}")
            known = now

    def _until(self, condition: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> bool:
        """Writes down and tells what happens until a condition holds; returns whether it does.

        Raises:
            Ended: somebody asked for the end.
        """
        end = time.monotonic() + seconds
        while not (held := condition()) and time.monotonic() < end:
            if self._ended.is_set():
                raise Ended
            self._take()
        return held

    def _take(self) -> None:
        for happening in self._record.take(_LOOK_SECONDS):
            if isinstance(happening, Told):
                self._telling.event(happening)
            elif isinstance(happening, Alerted):
                self._telling.alert(happening)

    def _invite(self, cloud: LocalCloud, folder: Path) -> None:
        """Says how somebody else is enrolled, with what every checkout has."""
        script = folder / "cloud.sh"
        script.write_text("".join(f"{line}\n" for line in shell_lines(cloud.environment)))
        if self._play.preview_port is not None:
            self._telling.note(f"what the camera sees: http://127.0.0.1:{self._play.preview_port}/")
        if self._play.source is None:
            whom, photo, name = "the stranger too", str(self._play.portraits / "biden.jpg"), "Joe Biden"
        else:
            whom, photo, name = "somebody who is there", "PHOTO.jpg", "THE NAME"
        self._telling.note(f"enrol {whom}, from another terminal, and see who is known within seconds:")
        self._telling.note(f"  source {script}")
        self._telling.note(f"  {upload_line(photo, cloud.outputs['PhotosBucket'], name)}")
        self._telling.note(
            "there the operator's commands work as well: scripts/argus cloud sightings, devices, check ..."
        )
        self._telling.note("Ctrl-C ends the demo, and all of this is gone")


def _place(cloud: LocalCloud) -> str:
    """Of the collection that photos are enrolled into."""
    return f"s3://{cloud.outputs['CollectionsBucket']}/collections/people"
