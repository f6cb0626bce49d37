"""What all tests need: Ctrl-C reaches the processes that tests start, also where the suite runs in the background; and
no library writes events about its use under the home folder."""

import contextlib
import os
import signal

# A shell starts background jobs with SIGINT ignored, and what is ignored stays ignored in every child.
with contextlib.suppress(ValueError):
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
