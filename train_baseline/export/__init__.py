"""Trained runs as Core ML, ONNX and .cube files."""
