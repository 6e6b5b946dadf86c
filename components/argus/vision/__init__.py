"""From pictures to faces to embeddings: ONNX Runtime, dlib and Pillow, no OpenCV."""

from __future__ import annotations

import os

# From 1.29 on, ONNX Runtime's wheels keep an id of the machine and report their use to their maker, from the moment
# they are imported. It asks for this variable only then, so it is set before anything here can import it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
