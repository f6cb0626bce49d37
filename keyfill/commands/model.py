"""Commands that train, export and apply a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from core.errors import InputError
from keyfill.app import (
    COMMON,
    CONFIGURED,
    KEEPING,
    Common,
    Configured,
    Json,
    Keeping,
    Out,
    Pairs,
    Replace,
    Restore,
    Run,
    app,
    as_json,
    model_group,
    show_progress,
)

Smooth = Annotated[float, Parameter(help="seconds over which a LUT is averaged; 0 for none")]


@app.command(group=model_group)
def train(
    source: Pairs, /, *, config: Path, out: Out, keeping: Keeping = KEEPING, common: Configured = CONFIGURED
) -> None:
    """Train a model on the train split of pair shards; a killed run goes on where it was.

    Another model that is in OUT, or training that was begun there, is replaced with --replace only.

    On clean shards, sources are degraded while training, anew every `train.renew_every` steps, as the config's
    `degrade` section says.

    For example:

    - `keyfill train out/quick/pairs --config configs/quick.yaml --out out/quick/train`
    - `keyfill train out/quick/clean --config configs/quick.yaml --out out/zeng --set train.method=zeng`
    """
    from degrade.config import DegradeConfig
    from keyfill.run_config import load_part, require_writable, say_if_idle
    from train_baseline.config import TrainConfig

    part, seed = load_part(config, "train", TrainConfig, common.set)
    try:
        changes = load_part(config, "degrade", DegradeConfig, common.set)[0]
    except InputError:
        changes = None  # a file with the train section alone
    require_writable(out)

    from train_baseline import train as training
    from train_baseline.run_folder import is_clean

    if is_clean(source):
        if changes is None:
            raise InputError(
                f"{source}: holds clean shards; to degrade them while training, give a config of a whole run"
            )
        say_if_idle(changes, config)
    if keeping.dry_run:
        from keyfill.item_cost import train_seconds

        keeping.tell(training.intended_training(source, part, out, seed, changes), *train_seconds(part, out))
        return
    with show_progress("train", common) as progress:
        facts = training.train(source, part, out, progress=progress, seed=seed, degrade=changes, consent=keeping)
    skipped = f", {facts['skipped_steps']} skipped" if facts["skipped_steps"] else ""
    early = ", stopped early" if facts["stopped_early"] else ""
    print(f"trained {facts['steps']} steps in {facts['seconds']:.0f} s{skipped}{early}; checkpoint in {out}")


@app.command(group=model_group)
def export(
    trained: Run,
    /,
    *,
    out: Annotated[Path, Parameter(help="OUT.mlpackage for Core ML, OUT.onnx for ONNX")],
    eight_bit: Annotated[bool, Parameter(help="store the weights in 8 bits (Core ML)", negative=())] = False,
    size: Annotated[str, Parameter(help="of a Core ML model's frames, e.g. 720x1280 for portrait")] = "1280x720",
    parts: Annotated[bool, Parameter(help="let LUT or field and the matte come out as well", negative=())] = False,
    keeping: Keeping = KEEPING,
    restore: Restore = None,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Export a trained model to Core ML or ONNX and check that what is stored computes what the model does.

    For example:

    - `keyfill export out/quick/train --out model.mlpackage`
    - `keyfill export out/quick/train --out portrait.mlpackage --size 720x1280`
    - `keyfill export out/quick/train --out model.onnx --parts`
    """
    onnx = out.suffix == ".onnx"
    if onnx and eight_bit:
        raise InputError("--eight-bit: for Core ML only; give --out OUT.mlpackage or leave it out")
    sides = [int(side) for side in size.split("x") if side.isdecimal()]
    if len(sides) != 2:
        raise InputError(f"--size {size}: expected WIDTHxHEIGHT, e.g. 720x1280")
    if onnx and size != "1280x720":
        raise InputError("--size: for Core ML only; an ONNX model takes frames of any size")
    if keeping.dry_run:
        from keyfill.item_cost import EXPORT_S, STORED
        from train_baseline.export.intent import asked_for, intended_package

        kind = "onnx" if onnx else "int8" if eight_bit else "fp16"
        more = asked_for((sides[0], sides[1]), parts, restore)
        keeping.tell(intended_package(trained, out, kind, more, restore), EXPORT_S, STORED)
        return
    with show_progress("export", common) as progress:
        if onnx:
            from train_baseline.export.onnx_model import export_onnx

            found = export_onnx(trained, out, progress, keeping, parts, restore)
        else:
            from train_baseline.export.coreml import export as export_run

            found = export_run(trained, out, progress, eight_bit, keeping, (sides[0], sides[1]), parts, restore)
    if json:
        print(as_json(found))
        return
    print(f"{out}: {found['format']}; {found['bytes'] / 1e3:.0f} kB")
    matrix, everything = found["macs"] / 1e9, found["macs_everything"] / 1e9
    print(f"at {size}: {matrix:.3f}e9 MACs in convolutions and matrices, {everything:.3f}e9 with everything else")
    for kind, gap in found["parity"].items():
        print(f"{kind}: differs from the trained model by {gap['max']:.3f} of 255 levels at most")


@app.command(group=model_group)
def enhance(
    *files: Annotated[str, Parameter(name="FILES", help="[RUN] IN OUT; without RUN, the checkpoint in the package")],
    side_by_side: Annotated[bool, Parameter(help="put the input to the left of the result", negative=())] = False,
    smooth: Smooth = 0.5,
    method: Annotated[
        str,
        Parameter(
            help="what corrects the frames: model, autoadjust, or a method that RUN holds or that comes with keyfill"
        ),
    ] = "model",
    restore: Restore = None,
    crf: Annotated[int, Parameter(help="quality of the video: 0 best, 51 smallest")] = 18,
    codec: Annotated[
        Literal["h264", "vp9", "av1"] | None, Parameter(help="of the video; by default what OUT's ending stands for")
    ] = None,
    fps: Annotated[float, Parameter(help="pictures a second, where IN is a folder of them")] = 30.0,
    replace: Replace = False,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Correct a video file, or a webcam until Ctrl-C: colours by the model, sound and time stamps kept.

    IN may be a folder of pictures as well. OUT is an MP4, MOV, MKV or WebM file (or .avi, .ts, .flv, ...).

    For example:

    - `keyfill enhance call.mp4 better.mp4`
    - `keyfill enhance pictures better.webm --fps 25`
    - `keyfill enhance out/quick/train call.mp4 compared.mp4 --side-by-side`
    - `keyfill enhance call.mp4 better.mp4 --restore out/restore`
    - `keyfill enhance /dev/video0 me.mkv`
    """
    from keyfill.progress import counted

    if len(files) not in (2, 3):
        given = counted(len(files), "file name")
        raise InputError(f"enhance: {given}; expected IN OUT, as in keyfill enhance call.mp4 better.mp4, or RUN IN OUT")
    run, (source, out) = (Path(files[0]) if len(files) == 3 else None), files[-2:]
    if run is not None and method == "autoadjust":
        raise InputError("--method autoadjust uses no trained model; leave RUN out")

    from train_baseline.methods.make import METHODS

    if method not in (known := ("model", "autoadjust", *METHODS)):
        raise InputError(f"--method {method}: no such method; there are {', '.join(known)}")

    from train_baseline.video.enhance import enhance as correct

    with show_progress("enhance", common) as progress:
        found = correct(
            run, source, Path(out), smooth, side_by_side, crf, method, progress, codec, fps, restore, replace
        )
    for note in found["notes"]:
        print(f"keyfill: {source}: {note}", file=sys.stderr)
    if json:
        print(as_json(found))
    else:
        slower = f", {found['slower']:.1f} times slower than it plays" if found["slower"] > 1.1 else ""
        print(f"{out}: {found['frames']} frames in {found['seconds']} s, {found['frames_per_second']} a second{slower}")


@app.command(group=model_group)
def cube(
    *files: Annotated[Path, Parameter(name="FILES", help="[RUN] IN; without RUN, the checkpoint in the package")],
    out: Annotated[Path, Parameter(help="the .cube file to write, or .png for OBS")],
    size: Annotated[
        int | None, Parameter(help="grid points per axis: 17, 25, 33, 36 (exact, the default), 64 or 65; a .png has 64")
    ] = None,
    frame: Annotated[int | None, Parameter(help="of this frame alone, counted from 0; default: the clip's average")] = (
        None
    ),
    replace: Replace = False,
    common: Common = COMMON,
) -> None:
    """Write the model's correction of a video or picture as a LUT for OBS, ffmpeg or a grading program.

    For example:

    - `keyfill cube call.mp4 --out call.cube`
    - `keyfill cube call.mp4 --out call.png`
    - `keyfill cube out/quick/train call.mp4 --out call.cube --frame 0 --size 33`
    """
    from keyfill.progress import counted

    if len(files) not in (1, 2):
        raise InputError(f"cube: {counted(len(files), 'file name')}; expected IN, or RUN IN")

    from train_baseline.video.enhance import cube as write

    found = write(files[0] if len(files) == 2 else None, files[-1], out, size, frame, replace=replace)
    for note in found["notes"]:
        print(f"keyfill: {files[-1]}: {note}", file=sys.stderr)
    print(f"{out}: {found['size']} grid points per axis, over {found['frames']} frames of {files[-1]}")
