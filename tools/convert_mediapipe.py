"""Makes the three ONNX files of `ingest/models` out of Google's MediaPipe models (Apache-2.0). Run once; kept.

    pip install --no-deps --target TFLITE tflite==2.18.0
    pip download --no-deps mediapipe==0.10.21 -d WHEELS
    PYTHONPATH=TFLITE python tools/convert_mediapipe.py WHEELS/mediapipe-0.10.21-*.whl [--out ingest/models]

The wheel keeps them as TensorFlow Lite files: flat buffers, pixels as (batch, line, column, channel), weights in half
precision behind a DEQUANTIZE. Every operation has a twin in ONNX, so the graph is written down anew, operation by
operation. Weights stay in half precision, each behind a Cast that the runtime folds away when it loads the file. The
segmenter's one operation of Google's own, `Convolution2DTransposeBias`, is a transposed convolution with a bias. The
files take and give what the originals do, pixels in the same order.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
MODELS = {
    "person": "selfie_segmentation/selfie_segmentation.tflite",
    "face_box": "face_detection/face_detection_short_range.tflite",
    "face_landmarks": "face_landmark/face_landmark.tflite",
}
"""Our name -> where it lies in `mediapipe/modules`."""
OUTPUTS = {"person": ["coverage"], "face_box": ["boxes", "scores"], "face_landmarks": ["landmarks", "presence"]}
TYPES = {
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.INT32: np.int32,
}
OPERATIONS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}


class Conversion:
    """One model's graph, written as ONNX node by node; pictures inside are (batch, channel, line, column)."""

    def __init__(self, data: bytes, name: str):
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.graph, self.name = self.model.Subgraphs(0), name
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self.constants: dict[int, np.ndarray] = {}
        self.flat: set[int] = set()
        """Tensors after a RESHAPE, whose axes stand as in the original."""

    def converted(self) -> onnx.ModelProto:
        for index in range(self.graph.TensorsLength()):
            tensor = self.graph.Tensors(index)
            data = self.model.Buffers(tensor.Buffer()).DataAsNumpy()
            if isinstance(data, np.ndarray):
                self.constants[index] = data.view(TYPES[tensor.Type()]).reshape(self.shape(index))
        entry = self.graph.Inputs(0)
        self.add("Transpose", ["picture"], self.of(entry), perm=[0, 3, 1, 2])
        for index in range(self.graph.OperatorsLength()):
            self.operation(self.graph.Operators(index))
        outputs = []
        for index, name in zip(range(self.graph.OutputsLength()), OUTPUTS[self.name], strict=True):
            tensor = self.graph.Outputs(index)
            if tensor in self.flat:
                self.add("Identity", [self.of(tensor)], name)
            else:
                self.add("Transpose", [self.of(tensor)], name, perm=[0, 2, 3, 1])
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shape(tensor)))
        inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, self.shape(entry))]
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, list(self.weights.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="")
        model.doc_string = f"MediaPipe 0.10.21, {MODELS[self.name]}, Copyright The MediaPipe Authors, Apache-2.0"
        onnx.checker.check_model(model, full_check=True)
        return model

    def operation(self, op: tflite.Operator) -> None:
        code = self.model.OperatorCodes(op.OpcodeIndex())
        name = OPERATIONS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, out = [int(index) for index in op.InputsAsNumpy()], int(op.Outputs(0))
        if name == "DEQUANTIZE":
            self.constants[out] = self.constants[inputs[0]]
        elif name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self.convolution(op, name, inputs, out)
        elif name == "CUSTOM":
            if code.CustomCode() != b"Convolution2DTransposeBias":
                raise SystemExit(f"{self.name}: operation {code.CustomCode()!r} is not known")
            _, *strides = np.frombuffer(bytes(op.CustomOptionsAsNumpy()), np.int32).tolist()
            kernel = self.constants[inputs[1]].transpose(3, 0, 1, 2)
            if list(kernel.shape[2:]) != strides:
                raise SystemExit(f"{self.name}: a transposed convolution whose places overlap is not known")
            given = [self.of(inputs[0]), self.weight(inputs[1], kernel), self.weight(inputs[2])]
            self.add("ConvTranspose", given, self.of(out), strides=strides)
        elif name in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            pool = self.options(op, tflite.Pool2DOptions())
            twin = {"AVERAGE_POOL_2D": "AveragePool", "MAX_POOL_2D": "MaxPool"}[name]
            window = {"kernel_shape": [pool.FilterHeight(), pool.FilterWidth()]}
            strides = {"strides": [pool.StrideH(), pool.StrideW()]}
            self.add(twin, [self.of(inputs[0])], self.of(out), **window, **strides, **self.padding(pool))
            self.plain(pool)
        elif name == "RESIZE_BILINEAR":
            resize = self.options(op, tflite.ResizeBilinearOptions())
            height, width = self.constants[inputs[1]].tolist()
            size = np.array([1, self.shape(inputs[0])[3], height, width], np.int64)
            mode = "align_corners" if resize.AlignCorners() else "asymmetric"
            mode = "half_pixel" if resize.HalfPixelCenters() else mode
            given = [self.of(inputs[0]), "", "", self.weight(out, size)]
            self.add("Resize", given, self.of(out), mode="linear", coordinate_transformation_mode=mode)
        elif name == "PAD":
            before, after = self.constants[inputs[1]][[0, 3, 1, 2]].T
            pads = self.weight(inputs[1], np.concatenate([before, after]).astype(np.int64))
            self.add("Pad", [self.of(inputs[0]), pads], self.of(out))
        elif name == "PRELU":
            slope = self.constants[inputs[1]].transpose(2, 0, 1)
            self.add("PRelu", [self.of(inputs[0]), self.weight(inputs[1], slope)], self.of(out))
        elif name == "RESHAPE":
            self.add("Transpose", [self.of(inputs[0])], f"lines-{out}", perm=[0, 2, 3, 1])
            shape = self.weight(out, np.array(self.shape(out), np.int64))
            self.add("Reshape", [f"lines-{out}", shape], self.of(out))
            self.flat.add(out)
        elif name == "CONCATENATION":
            axis = self.options(op, tflite.ConcatenationOptions()).Axis()
            if not set(inputs) <= self.flat:
                raise SystemExit(f"{self.name}: a CONCATENATION of pictures is not known")
            self.add("Concat", [self.of(index) for index in inputs], self.of(out), axis=axis)
            self.flat.add(out)
        elif name in ("ADD", "MUL"):
            self.plain(self.options(op, tflite.AddOptions() if name == "ADD" else tflite.MulOptions()))
            self.add({"ADD": "Add", "MUL": "Mul"}[name], [self.of(index) for index in inputs], self.of(out))
        elif name in ("RELU", "HARD_SWISH", "LOGISTIC"):
            twin = {"RELU": "Relu", "HARD_SWISH": "HardSwish", "LOGISTIC": "Sigmoid"}[name]
            self.add(twin, [self.of(inputs[0])], self.of(out))
        else:
            raise SystemExit(f"{self.name}: operation {name} is not known")

    def convolution(self, op: tflite.Operator, name: str, inputs: list[int], out: int) -> None:
        deep = name == "DEPTHWISE_CONV_2D"
        options = self.options(op, tflite.DepthwiseConv2DOptions() if deep else tflite.Conv2DOptions())
        kernel = self.constants[inputs[1]].transpose((3, 0, 1, 2) if deep else (0, 3, 1, 2))
        self.add(
            "Conv",
            [self.of(inputs[0]), self.weight(inputs[1], kernel), self.weight(inputs[2])],
            self.of(out),
            kernel_shape=list(kernel.shape[2:]),
            strides=[options.StrideH(), options.StrideW()],
            dilations=[options.DilationHFactor(), options.DilationWFactor()],
            group=kernel.shape[0] if deep else 1,
            **self.padding(options),
        )
        self.plain(options)

    def padding(self, options: tflite.Conv2DOptions | tflite.Pool2DOptions) -> dict[str, str]:
        """Odd padding goes below and to the right, as TensorFlow has it."""
        return {"auto_pad": "SAME_UPPER" if options.Padding() == tflite.Padding.SAME else "VALID"}

    def plain(self, options: tflite.Conv2DOptions | tflite.AddOptions) -> None:
        if options.FusedActivationFunction() != tflite.ActivationFunctionType.NONE:
            raise SystemExit(f"{self.name}: a fused activation is not known")

    def options(self, op: tflite.Operator, kind: tflite.Conv2DOptions) -> tflite.Conv2DOptions:
        table = op.BuiltinOptions()
        kind.Init(table.Bytes, table.Pos)
        return kind

    def weight(self, index: int, values: np.ndarray | None = None) -> str:
        """The name of a constant, in float32 where it is stored as float16."""
        values = self.constants[index] if values is None else values
        name = f"w{index}"
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
            if values.dtype == np.float16:
                self.add("Cast", [name], f"{name}-wide", to=TensorProto.FLOAT)
        return f"{name}-wide" if values.dtype == np.float16 else name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: object) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def of(self, index: int) -> str:
        return f"t{index}"

    def shape(self, index: int) -> list[int]:
        tensor = self.graph.Tensors(index)
        return [int(tensor.Shape(axis)) for axis in range(tensor.ShapeLength())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="mediapipe-0.10.21, of any platform; the ledger's is manylinux x86_64")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "ingest" / "models")
    args = parser.parse_args()
    wheel = args.wheel.read_bytes()
    if hashlib.sha256(wheel).hexdigest() != WHEEL_SHA256:
        print(f"{args.wheel}: not the wheel of the ledger; compare the files with LEDGER.md")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name, place in MODELS.items():
            data = archive.read(f"mediapipe/modules/{place}")
            made = Conversion(data, name).converted().SerializeToString(deterministic=True)
            (args.out / f"{name}.onnx").write_bytes(made)
            before, after = (hashlib.sha256(one).hexdigest() for one in (data, made))
            print(f"{place}: {len(data)} bytes, {before}\n  -> {name}.onnx: {len(made)} bytes, {after}")


if __name__ == "__main__":
    main()
