"""Histograms of face intensities in a folder of clean or pair shards: how dark the sources are, what the targets lift.

python benchmarks/light_faces.py FOLDER [--figure FACES.png]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.errors import KeyfillError
from render.faces import draw, face_levels, summary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--every", type=int, default=10, help="look at every so many frames")
    args = parser.parse_args()
    try:
        levels = face_levels(args.folder, args.every)
    except KeyfillError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("\n".join(summary(levels)))
    if args.figure:
        draw(levels, args.figure)
        print(f"figure: {args.figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
