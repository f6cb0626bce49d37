"""Trained runs as Core ML, ONNX and .cube files."""

import os

# onnxruntime would write a device id and a record of events under the home folder as soon as it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
