"""Runs that go wrong in ways of their own, for tests of the cluster: workers import this module."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.cluster.tasks import Task
from core.progress import Snapshot


@dataclass(frozen=True)
class Faulty(Task):
    """`fault` happens after the first of ten steps of 0.05 s each; "" is none."""

    path: str = "faulty"
    settings: Any = None
    fault: str = ""

    @property
    def key(self) -> str:
        return f"{self.fault} {self.settings}"

    def snapshots(self) -> Iterator[Snapshot[Any]]:
        for step in range(1, 11):
            yield Snapshot(step / 10, {"process": os.getpid(), "step": step})
            if self.fault:
                getattr(self, f"_{self.fault}")()
            time.sleep(0.05)

    def _endless(self) -> None:
        while True:
            time.sleep(0.01)

    def _slow(self) -> None:
        time.sleep(1.5)

    def _deaf(self) -> None:
        """Computes without ever letting go of the interpreter, so that the worker cannot answer."""
        re.match(r"(a+)+$", "a" * 60 + "b")

    def _killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _segfault(self) -> None:
        ctypes.string_at(0)

    def _greedy(self) -> None:
        held = []
        while True:
            held.append(np.ones(2**24))  # 128 MiB a step
            time.sleep(0.05)

    def _huge(self) -> None:
        np.ones(2**34)  # 128 GiB at once

    def _large(self) -> None:
        np.ones(2**29)  # 4 GiB at once
        time.sleep(2)

    def _wrong(self) -> None:
        raise ValueError("The rows must be more than the columns.")
