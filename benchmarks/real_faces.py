"""What methods do to real faces: harm where the light is good as it comes, the way back where it was made worse.

    python benchmarks/real_faces.py FOLDER [--run RUN ...] [--webcam] [--sheets OUT] [--json FILE]

FOLDER holds real shards (keyfill ingest), or videos of well-lit people. Each clip goes through every method as it is,
and with the person darkened in linear light (`score.darken`), alone or, with `--webcam`, with the webcam's chain too.
Prints a table a way of light, means over clips with 95% intervals (bootstrap over clips) and the worst clip. Methods:
nothing, AutoAdjust, the packaged model, and every RUN given. `keyfill evaluate RUN --real FOLDER` prints the same.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2

from core.config import load
from degrade.config import DegradeConfig
from keyfill.real_evaluation import ADJUST, NOTHING, means_of, measured_clips, tables
from train_baseline import run_folder
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.packaged import packaged, packaged_methods

WEBCAM = Path(__file__).parents[1] / "configs" / "degrade" / "webcam.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", type=Path, action="append", default=[], help="a run folder; may be given again")
    parser.add_argument("--frames", type=int, default=60, help="at most so many of each clip")
    parser.add_argument("--every", type=int, default=5, help="take the dear measures of every so many frames")
    parser.add_argument("--webcam", action="store_true", help="each also through the webcam's chain")
    parser.add_argument("--sheets", type=Path, help="a folder for pictures: a file a clip, its middle frame everywhere")
    parser.add_argument("--json", type=Path, help="write every clip's numbers there")
    args = parser.parse_args()
    methods = {
        NOTHING: None,
        ADJUST: AdjustMethod(),
        **{name: run_folder.load(packaged(name)).method for name in packaged_methods()},
    }
    methods |= {run.name: run_folder.load(run).method for run in args.run}
    webcam = load(WEBCAM, DegradeConfig) if args.webcam else None
    rows, dim, sheets = measured_clips(methods, args.folder, webcam, args.frames, args.every)
    print("\n".join(tables(means_of(rows))))
    if dim:
        print(f"\nnot counted, for their faces are dim or not found: {', '.join(dim)}")
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=1, sort_keys=True), encoding="utf-8")
    for name, picture in sheets.items() if args.sheets is not None else ():
        args.sheets.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(args.sheets / f"{name}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])


if __name__ == "__main__":
    main()
