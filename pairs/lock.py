"""One writer a folder: a lock that names its holder and that the kernel lets go when the holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path
from types import TracebackType

from core.errors import InputError

TRIES = 10


class FolderLock:
    """Held while a run writes into `folder`; a context manager.

    A whole run excludes everybody else. Slices (`slice_of=(index, number)`) of the same number go side by side, each
    index once. `flock` on `.lock` files, so nothing stays locked after kill -9; the files hold host and process id for
    the message.
    """

    def __init__(self, folder: Path, slice_of: tuple[int, int] | None = None):
        self.folder, self.slice_of = folder, slice_of
        self._held: list[int] = []

    def __enter__(self) -> FolderLock:
        try:
            self._take(".lock", shared=self.slice_of is not None)
            if self.slice_of is not None:
                self._take(f".lock-{self.slice_of[0]}-of-{self.slice_of[1]}", shared=False)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _take(self, name: str, shared: bool) -> None:
        path = self.folder / name
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be written: {error.strerror}; choose another --out") from None
        self._held.append(descriptor)
        # Whoever asks for the status holds the lock for an instant, so one refusal is none.
        for _ in range(TRIES):
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05)
        else:
            raise InputError(
                f"{self.folder}: {_holder(descriptor)} is writing here; wait for it or choose another --out"
            ) from None
        # A whole disk is no reason not to lock: the name in the file is for the message only.
        if not shared:
            try:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode(), 0)
            except OSError:
                return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._held:
            os.close(self._held.pop())


def _holder(descriptor: int) -> str:
    try:
        data = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {data['pid']} on {data['host']}"
    except (ValueError, KeyError, TypeError, OSError):
        return "another process"
