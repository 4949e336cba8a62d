"""What crosses between processes: a run to be carried out, and what it has to show."""

from __future__ import annotations

import hashlib
import pickle
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from core import concept as concepts
from core.jobs import Told
from core.progress import Snapshot, paced

OTHER_VERSION = (
    "The web server and its workers run different versions of the lab, so no run can begin. Both have to be updated."
)


@cache
def version() -> bytes:
    """Of this lab and of what its results depend on: equal where a task means the same."""
    core = Path(concepts.__file__).parent
    sources = b"".join(file.read_bytes() for file in sorted(core.rglob("*.py")))
    others = (platform.python_version(), *(metadata.version(name) for name in ("numpy", "pandas", "torch")))
    return hashlib.sha256(sources + repr(others).encode()).digest()


@dataclass(frozen=True)
class Task:
    """A run of the concept `path` ("section/slug"): its settings, and what its run() takes beside them."""

    path: str
    settings: Any
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Equal for equal runs, in every process: what inputs hold is named in the settings, by a digest."""
        return f"{self.path} {self.settings!r}"

    def snapshots(self) -> Iterator[Snapshot[Any]]:
        """Carry it out here: a snapshot after each step."""
        return paced(concepts.load(self.path).run(self.settings, **self.inputs))

    def packed(self) -> bytes:
        return version() + pickle.dumps(self)

    @staticmethod
    def unpacked(data: bytes) -> Task:
        """What `packed` has made, in another process of the same lab; Told when that is of another version."""
        size = len(version())
        if data[:size] != version():
            raise Told(OTHER_VERSION)
        task = pickle.loads(data[size:])
        assert isinstance(task, Task)
        return task


@dataclass(frozen=True)
class Packed:
    """A Snapshot on its way between processes of one lab. It is opened where it is drawn, once.

    version: grows with each other snapshot of a run. data: the pickled result; None while there is nothing to see.
    """

    version: int
    fraction: float
    doing: str
    data: bytes | None

    @classmethod
    def of(cls, snapshot: Snapshot[Any], version: int) -> Packed:
        data = None if snapshot.result is None else pickle.dumps(snapshot.result, pickle.HIGHEST_PROTOCOL)
        return cls(version, snapshot.fraction, snapshot.doing, data)

    @cached_property
    def result(self) -> Any | None:
        """What the page draws. Only the lab's own workers make the bytes: nothing that a visitor sent is unpickled."""
        return None if self.data is None else pickle.loads(self.data)
