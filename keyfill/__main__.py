"""`python -m keyfill` is the console command."""

import sys

from keyfill.cli import main

sys.exit(main())
