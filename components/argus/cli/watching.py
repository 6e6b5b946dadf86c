"""Watching a source and printing its events."""

from __future__ import annotations

import argparse
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from argus.cli.following import Following, opened_people
from argus.cli.output import print_json, print_note, print_text
from argus.cli.previewing import previewed
from argus.cli.recordkeeping import recording
from argus.cli.strangers import remembering_strangers
from argus.core.events import VisitEvent, to_json_value
from argus.core.ports import FrameSource
from argus.core.trust import TrustPolicy
from argus.device.adapters.annotated_video import AnnotatedVideo
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.open_source import open_source
from argus.device.adapters.source_kind import source_kind
from argus.device.adapters.status import ReportingSource
from argus.device.compose import WatchSettings, build_watcher
from argus.device.people import PeopleHolder
from argus.device.watching import Watcher
from argus.vision.images import read_image
from argus.vision.networks import Networks


def watch_and_print(
    arguments: argparse.Namespace,
    collection: str,
    spec: str,
    trust: TrustPolicy | None = None,
    following: Following | None = None,
) -> Counter[str]:
    """Opens what the command line names, watches it and prints its events.

    Args:
        collection: its place.
        following: where ``collection`` is a copy of another one.

    Returns:
        How many events of each kind there were.
    """
    networks = Networks.load()
    with opened_people(collection, networks.calibration, trust, following) as people:
        return _watch(arguments, collection, spec, networks, people)


def _watch(
    arguments: argparse.Namespace, collection: str, spec: str, networks: Networks, people: PeopleHolder
) -> Counter[str]:
    strictness = people.current.gallery.strictness(arguments.false_alarm_rate)
    if strictness.warning:
        print_note(f"argus: {strictness.warning}")
    source = open_source(
        spec,
        camera_id=arguments.camera,
        clock=SystemClock(),
        decode_image=read_image,
        loop=arguments.loop,
        fast=arguments.fast,
    )
    recorded = source_kind(spec) == "path"
    settings = WatchSettings(
        camera_id=arguments.camera,
        false_alarm_rate=arguments.false_alarm_rate,
        min_face_px=arguments.min_face_px,
        visit_gap_seconds=arguments.visit_gap,
        # The same file against the same people, played again, tells the same.
        repeatable=f"{Path(spec).name} {people.current.used.version}" if recorded and arguments.fast else None,
    )
    watcher = build_watcher(settings, networks, people)
    with recording(watcher, arguments, collection), remembering_strangers(watcher, arguments, networks.calibration):
        return play(watcher, source, annotate=arguments.annotate, preview=arguments.preview, as_json=arguments.json)


def play(
    watcher: Watcher, source: ReportingSource, *, annotate: Path | None, preview: int | None, as_json: bool
) -> Counter[str]:
    """Watches ``source`` to its end, or until Ctrl-C or SIGTERM, printing events and a summary."""
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with _ended_by_signals(source), _annotated(watcher, annotate), previewed(watcher, source, preview):
        for event in watcher.watch(source):
            counts[event.kind] += 1
            if as_json:
                print_json(to_json_value(event))
            else:
                print_text(_line(event))
    _summarise(watcher, source, counts, time.monotonic() - began)
    return counts


@contextmanager
def _ended_by_signals(source: FrameSource) -> Iterator[None]:
    """Ctrl-C and SIGTERM close the source, so that the open visits are ended and told of like at its own end."""

    def close(_signal: int, _frame: FrameType | None) -> None:
        source.close()

    previous = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        source.close()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _annotated(watcher: Watcher, out: Path | None) -> AbstractContextManager[object]:
    if out is None:
        return nullcontext()
    video = AnnotatedVideo(out)
    watcher.channel.observers.append(video)
    return video


def _line(event: VisitEvent) -> str:
    """One event for people: when, what, who, and on what grounds."""
    who = event.person.name if event.person else {"unknown": "a stranger", "uncertain": "somebody"}.get(event.kind, "-")
    frames = f"frames {event.span.first_frame}-{event.span.last_frame}"
    evidence = event.evidence
    if event.kind == "left":
        who = event.person.name if event.person else "the stranger"
        grounds = ""
    elif evidence.normalised_distance is None or evidence.threshold is None:
        grounds = "nobody is enrolled"
    else:
        side = "under" if event.kind == "match" else "over"
        grounds = f"distance {evidence.normalised_distance:+.2f}, {side} {evidence.threshold:+.2f}"
    if evidence.reason and event.kind == "uncertain":
        grounds += f" ({evidence.reason.replace('_', ' ')})"
    when = event.span.last_seen_at.strftime("%H:%M:%S")
    return f"{when}  {event.kind:<9}  {who:<24}  {frames:<18}  {grounds}".rstrip()


def _summarise(watcher: Watcher, source: ReportingSource, counts: Counter[str], seconds: float) -> None:
    counters = watcher.channel.pipeline.counters
    told = ", ".join(f"{counts[kind]} {kind}" for kind in ("match", "unknown", "uncertain") if counts[kind]) or "nobody"
    dropped = source.status().frames_dropped
    print_note(
        f"{counters.frames} frames in {seconds:.1f} s ({counters.frames / max(seconds, 1e-6):.0f} a second"
        f"{f', {dropped} dropped' if dropped else ''}), {counters.still} still, {counters.searched} searched: {told}"
    )
