"""From pictures to faces to embeddings: ONNX Runtime, dlib and Pillow, no OpenCV."""
