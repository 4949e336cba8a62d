"""How the lab answers many visitors at once: `python tests/load/visitors.py [scenario ...]`.

Each visitor is a WebSocket that speaks Streamlit's own protocol, so that one process drives hundreds. The server is started
anew for the run and stopped after it. Prints a Markdown table of what was asked, what was measured and whether it holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests import protocol  # noqa: E402

PORT = int(os.environ.get("PORT", "8790"))
visitor = partial(protocol.visitor, f"http://localhost:{PORT}")


@contextlib.contextmanager
def server() -> Any:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), urlopen(f"http://localhost:{PORT}/_stcore/health", timeout=2):
                    break
                time.sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def told(name: str, asked: str, measured: str, holds: bool) -> None:
    print(f"| {name} | {asked} | {measured} | {'yes' if holds else '**no**'} |", flush=True)


async def warmed_up() -> None:
    """Until the server has torch ready, which a concept's page waits for."""
    async with visitor() as v:
        await v.run(page="training")


async def arrivals(process: psutil.Process, n: int = 100, rate: float = 20.0) -> None:
    async def one(i: int) -> float:
        await asyncio.sleep(i / rate)
        begun = time.perf_counter()
        async with visitor() as v:
            await v.run()
            assert v.says("Understand deep learning"), v.texts[:5]
            return time.perf_counter() - begun

    took = await asyncio.gather(*(one(i) for i in range(n)), return_exceptions=True)
    good = [t for t in took if isinstance(t, float)]
    measured = f"{n - len(good)} failures, median {statistics.median(good):.2f} s, p95 {p95(good):.2f} s"
    told(
        f"{n} visitors, {rate:g} a second, on Home",
        "no failure, p95 under 1 s",
        measured,
        len(good) == n and p95(good) < 1,
    )


async def sliders(process: psutil.Process, n: int = 200) -> None:
    async with contextlib.AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(visitor()) for _ in range(n)]
        for start in range(0, n, 20):
            await asyncio.gather(*(v.run(page="losses") for v in crowd[start : start + 20]))
        moved = [("losses-delta", "double_array_value", [float(12 + i % 5)]) for i in range(n)]
        took = await asyncio.gather(
            *(v.run(states=[m]) for v, m in zip(crowd, moved, strict=True)), return_exceptions=True
        )
    good = [t for t in took if isinstance(t, float)]
    measured = f"{n - len(good)} failures, last served after {max(good):.1f} s, median {statistics.median(good):.1f} s"
    told(f"{n} sliders moved at once (loss functions)", "no failure, everyone served", measured, len(good) == n)


async def trainings(process: psutil.Process, n: int = 30) -> None:
    """A lecture hall: each visitor asks for a training of their own, or equal settings would be one job."""
    told_wait, waited = [], []

    async def one(i: int) -> bool:
        async with visitor() as v:
            begun = time.perf_counter()
            await v.run(f"run=1&training-seed={100 + i}", page="training")
            if found := re.search(r"Queued: position \d+, about (\d+) s", " ".join(v.texts)):
                told_wait.append(int(found[1]))
            while not v.says("The networks classify"):
                if v.says("The queue is full") or time.perf_counter() > begun + 300:
                    return False
                await asyncio.sleep(3)  # a waiting page asks every 1.5 s, but for a fragment alone
                await v.run()
            waited.append(time.perf_counter() - begun)
            return True

    served = await asyncio.gather(*(one(i) for i in range(n)))
    longest = max(told_wait, default=0)
    measured = f"{sum(served)} served, the last after {max(waited):.1f} s; the longest wait told was {longest} s"
    told(f"{n} trainings at once", "none refused, all served", measured, all(served))


async def beside(process: psutil.Process, n: int = 50, looks: int = 60) -> None:
    async def light() -> list[float]:
        async with visitor() as v:
            await v.run(page="glossary")
            return [await v.run() for _ in range(looks)]

    idle = await light()
    async with contextlib.AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(visitor()) for _ in range(n)]
        for i, v in enumerate(crowd):
            await v.run(f"run=1&training-seed={200 + i}&training-epochs=500&training-n=2000", page="training")
        busy = await light()
    ratio = p95(busy) / p95(idle)
    measured = f"p95 {1000 * p95(idle):.0f} ms idle, {1000 * p95(busy):.0f} ms busy: {ratio:.1f}x"
    told(
        f"a light page beside {n} visitors' trainings",
        "p95 at most 1.2x that of an idle server",
        measured,
        ratio <= 1.2,
    )


async def memory(process: psutil.Process, n: int = 1000) -> None:
    """One visitor after another trains a small model and leaves."""
    sizes = []
    for i in range(n):
        async with visitor() as v:
            await v.run(f"run=1&training-seed={i}&training-epochs=2&training-n=80&training-seeds=2", page="training")
            for _ in range(200):
                if v.says("The networks classify"):
                    break
                await asyncio.sleep(0.05)
                await v.run()
        sizes.append(process.memory_info().rss / 1e6)
        if (i + 1) % (n // 10) == 0:
            print(f"{sizes[-1]:.0f} MB after {i + 1} visitors", file=sys.stderr)
    first, last = statistics.median(sizes[n // 10 - 5 : n // 10 + 5]), statistics.median(sizes[-10:])
    measured = f"{first:.0f} MB after {n // 10}, {last:.0f} MB after {n}"
    told(
        f"{n} visitors one after another, each with a trained model",
        "flat after the first tenth",
        measured,
        last < 1.1 * first,
    )


SCENARIOS = {"arrivals": arrivals, "sliders": sliders, "trainings": trainings, "beside": beside, "memory": memory}


def main() -> None:
    names = sys.argv[1:] or list(SCENARIOS)
    print("| scenario | asked | measured | holds |\n|---|---|---|---|")
    for name in names:
        with server() as process:
            asyncio.run(warmed_up())
            asyncio.run(SCENARIOS[name](process))


if __name__ == "__main__":
    main()
