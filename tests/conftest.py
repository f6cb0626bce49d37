"""What all tests need: Ctrl-C reaches the processes that tests start, also where the suite runs in the background."""

import contextlib
import signal

# A shell starts background jobs with SIGINT ignored, and what is ignored stays ignored in every child.
with contextlib.suppress(ValueError):
    signal.signal(signal.SIGINT, signal.default_int_handler)
