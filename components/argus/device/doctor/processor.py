"""What the processor can do, and how long a face takes on it."""

from __future__ import annotations

import statistics
import time

from argus.core.finding import Finding, note, ok

SLOW_MS = 400.0
"""An embedding that takes longer leaves a camera with one or two looks a second."""

_RUNS = 5


def flags(cpuinfo: str) -> frozenset[str]:
    """The features that ``/proc/cpuinfo`` names: ``flags`` on x86-64, ``Features`` on ARM."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


def vector_units(machine: str, found: frozenset[str]) -> tuple[str, bool]:
    """The best vector instructions in a few words, and whether they are what the speed was stated for."""
    if machine in ("x86_64", "AMD64"):
        if "avx512f" in found:
            return "AVX-512" + (" with VNNI" if "avx512_vnni" in found else ""), True
        if "avx2" in found:
            return "AVX2", True
        return ("AVX" if "avx" in found else "SSE"), False
    if machine in ("aarch64", "arm64"):
        return "NEON" + (" with dot products" if "asimddp" in found else ""), True
    return f"unknown on {machine}", False


def check_processor(machine: str, found: frozenset[str], cores: int, embedding_ms: float) -> Finding:
    """Judges the processor by its vector units and by what a face was measured to take."""
    units, fast = vector_units(machine, found)
    what = f"{cores} core{'' if cores == 1 else 's'}, {units}; one face's embedding takes {embedding_ms:.0f} ms"
    if not fast:
        return note("processor", what, "a processor with AVX2 or NEON is several times faster")
    if embedding_ms > SLOW_MS:
        return note("processor", what, "slow: see what else runs (`top`), and watch fewer cameras or larger faces")
    return ok("processor", what)


def measure_embedding_ms() -> float:
    """The median time of one mirror-averaged embedding on one thread.

    Raises:
        ModelError: the network is missing or damaged.
    """
    import numpy as np  # noqa: PLC0415 - the packages are known to work by now

    from argus.core.types import CHIP_SIZE  # noqa: PLC0415
    from argus.vision.embedder_onnx import OnnxEmbedder  # noqa: PLC0415
    from argus.vision.mirror import MirrorEmbedder  # noqa: PLC0415
    from argus.vision.model_store import ModelStore  # noqa: PLC0415

    embedder = MirrorEmbedder(OnnxEmbedder(ModelStore()))
    chip = np.full((1, CHIP_SIZE, CHIP_SIZE, 3), 128, np.uint8)
    embedder.embed(chip)  # the first run lays out memory
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        embedder.embed(chip)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
