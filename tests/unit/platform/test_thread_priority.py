"""Threads that yield to the GUI thread, and the limit for blocked threads at exit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from runcomfy_desktop.platform.thread_priority import lower_priority

_HANGS = """
import sys, threading
from runcomfy_desktop.platform.thread_priority import exit_within
# A file on a disk that does not answer.
threading.Thread(target=threading.Event().wait).start()
exit_within(0.2, 3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can say so of a single thread")
def test_only_the_thread_that_asks_steps_back() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    recorded: list[int] = []

    def work() -> None:
        lower_priority()
        lower_priority()
        recorded.append(os.getpriority(os.PRIO_PROCESS, 0))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert recorded[0] > before
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_thread_that_never_ends_does_not_hold_up_the_end() -> None:
    ended = subprocess.run([sys.executable, "-c", _HANGS], check=False, timeout=60)
    assert ended.returncode == 3
