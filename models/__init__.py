"""Turns dlib's published weights into ONNX files; run as ``python -m models``."""
