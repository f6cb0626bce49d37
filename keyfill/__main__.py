"""`python -m keyfill` is the console command. A file in the current folder, score.py say, is never taken for ours."""

import os
import sys
from pathlib import Path

# `python -m` puts the current folder in front of the path. Only where keyfill itself lies there does it belong there.
if not sys.flags.safe_path and sys.path[0] == os.getcwd() != str(Path(__file__).resolve().parents[1]):
    del sys.path[0]

from keyfill.cli import main

sys.exit(main())
