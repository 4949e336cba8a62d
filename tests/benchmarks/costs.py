"""What the run of each page takes, at its defaults and at its costliest settings: `python tests/benchmarks/costs.py [slug ...]`.

CPU seconds of one core and megabytes beyond those of a worker that is ready for its first task, each run in a process of its
own. A run that is not done after 15 CPU seconds is stopped, and its seconds are those so far divided by its fraction (marked with
~). What would take longer than a run may is refused beforehand.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core import concept as concepts  # noqa: E402
from core.cluster.carrying_out import dask_setup  # noqa: E402
from core.settings import SettingsError  # noqa: E402
from tests.concepts.test_contract import costliest  # noqa: E402

PATIENCE = 15.0  # CPU seconds


def measure(path: str, which: str) -> dict[str, float]:
    """Seconds, fraction and megabytes of one run in this process."""
    dask_setup(None)
    concept = concepts.load(path)
    settings = concept.Settings() if which == "default" else costliest(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    run, fraction = concept.run(settings), 1.0
    if hasattr(run, "__next__"):
        try:
            for step in run:
                fraction = step.fraction
                if time.process_time() - begun > PATIENCE:
                    break
        except SettingsError:
            fraction = -1
    seconds = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "fraction": fraction, "megabytes": (peak - before) / 1024}


def told(row: dict[str, float]) -> str:
    if row["fraction"] >= 1:
        return f"{row['seconds']:.1f} s"
    if row["fraction"] < 0:
        return f"refused after {row['seconds']:.1f} s"
    return f"~{row['seconds'] / row['fraction']:.0f} s" if row["fraction"] > 0 else "?"


def main() -> None:
    print("| page | default | memory | costliest | memory |\n|---|---|---|---|---|")
    for path in concepts.names():
        if len(sys.argv) > 1 and path.split("/")[1] not in sys.argv[1:]:
            continue
        rows = []
        for which in ("default", "costliest"):
            command = [sys.executable, __file__, "--one", path, which]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
        cells = [cell for row in rows for cell in (told(row), f"{row['megabytes']:.0f} MB")]
        print(f"| {path.split('/')[1]} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], sys.argv[3])))
    else:
        main()
