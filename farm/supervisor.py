"""Run by path in its own small Python: starts one command and sees to it that nothing of it outlives its parent.

    python -I -S farm/supervisor.py PARENT_PID GRACE_S COMMAND...

Standard library only. It asks the kernel to be told when the parent dies, adopts every descendant of the command (also
those that made a session of their own), and leaves only when all are gone. SIGTERM, SIGINT, SIGHUP or the parent's
death: the command gets SIGTERM, after GRACE_S seconds (at once when the parent is dead) everything gets SIGKILL. Exit
code: the command's, or 128 + signal number.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def main(parent: int, grace_s: float, command: list[str]) -> int:
    libc = ctypes.CDLL(None)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP | {signal.SIGCHLD})
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if os.getppid() != parent:
        return 128 + signal.SIGTERM
    child = os.fork()
    if child == 0:
        start(libc, command)
    code = wait(child, parent, grace_s)
    reap()
    return code


def start(libc: ctypes.CDLL, command: list[str]) -> None:
    """In the child: a process group of its own, dies with the supervisor, becomes the command."""
    try:
        os.setpgid(0, 0)
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP | {signal.SIGCHLD})
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: cannot be started: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def wait(child: int, parent: int, grace_s: float) -> int:
    """Wait until the command has ended, of itself or because we were told to stop."""
    deadline = None
    while True:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 127
            if pid == 0:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        if deadline is None:
            told = signal.sigwaitinfo(STOP | {signal.SIGCHLD})
            if told.si_signo in STOP:
                # With the parent gone another run may start in the same folder at once: no grace then.
                deadline = time.monotonic() + (grace_s if os.getppid() == parent else 0.0)
                send(child, signal.SIGTERM)
        elif (
            not signal.sigtimedwait({signal.SIGCHLD}, max(0.0, deadline - time.monotonic()))
            and time.monotonic() >= deadline
        ):
            send(child, signal.SIGKILL)
            deadline += 60.0


def send(group: int, number: int) -> None:
    """Signal the command's process group; before it has made one, the command itself."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        try:
            os.kill(group, number)
        except ProcessLookupError:
            return


def reap() -> None:
    """Kill and reap every descendant that is left; orphans come to us one generation at a time."""
    while True:
        for pid in children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def children() -> list[int]:
    """Our direct children, from the fourth field (parent) of /proc/PID/stat."""
    found, me = [], os.getpid()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == me:
            found.append(int(name))
    return found


if __name__ == "__main__":
    sys.stdout.flush()
    os._exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
