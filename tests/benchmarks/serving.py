"""What start-up and settings gain, as ratios: `python tests/benchmarks/serving.py [--cold]`. Medians of five.

Start: from starting the server to the heading of the first page in Chromium, against the smallest app that imports torch at
its top; and the smallest app of all, which is what Streamlit and Chromium take by themselves. With --cold only the starts, each
with nothing in the kernel's cache of files, as on a host that has just come up (Linux, as root). Rerun: one more run of the
glossary's script, over Streamlit's own protocol, against the same page served by `streamlit run pages/navigation.py` with
Streamlit's own settings for garbage and file watching, torch loaded in both; the whole page, and with a word searched for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests import protocol  # noqa: E402

PORT = int(os.environ.get("PORT", "8791"))
ADDRESS = f"http://localhost:{PORT}"
LEAST = 'import streamlit as st\nst.title("Hello")\n'
PEER = 'import torch\nimport streamlit as st\nst.title("Torch is here: " + torch.__version__)\n'
STOCK = {"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true", "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "auto"}


@contextlib.contextmanager
def serving(script: str, cwd: Path, **environment: str) -> Iterator[None]:
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(PORT)]
    command += ["--server.headless", "true"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=cwd, env={**os.environ, **environment}, **quiet) as process:  # type: ignore[call-overload]
        try:
            while True:
                with contextlib.suppress(OSError), urlopen(f"{ADDRESS}/_stcore/health", timeout=2):
                    break
                time.sleep(0.02)
            yield
        finally:
            process.kill()
            process.wait()


def first_page(browser: Browser, script: str, cwd: Path, heading: str | re.Pattern[str], cold: bool) -> float:
    if cold:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3")
    begun = time.perf_counter()
    with serving(script, cwd):
        page = browser.new_page()
        page.goto(ADDRESS)
        page.get_by_role("heading", name=heading, level=1).first.wait_for()
        took = time.perf_counter() - begun
        page.close()
    return took


async def reruns(n: int = 20) -> list[float]:
    """Median seconds for the whole glossary, and for it with a word searched for."""
    async with protocol.visitor(ADDRESS) as v:
        await v.run(page="training")  # brings torch
        await asyncio.sleep(20)  # until the warm-up is over and a watcher has found what to watch
        await v.run(page="glossary")
        searched = [("glossary-search", "string_value", "boosting")]
        return [statistics.median([await v.run(states=states) for _ in range(n)]) for states in ([], searched)]


def main() -> None:
    cold = "--cold" in sys.argv[1:]
    apps = {"here": None, "an app that imports torch at its top": PEER, "the smallest app of all": LEAST}
    took: dict[str, list[float]] = {name: [] for name in apps}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for _ in range(5):
            for name, script in apps.items():
                if script is not None:
                    (Path(folder) / "app.py").write_text(script)
                cwd, heading = (ROOT, "Understand deep learning") if script is None else (Path(folder), re.compile("."))
                took[name].append(first_page(browser, "app.py", cwd, heading, cold))
        browser.close()
    here = statistics.median(took["here"])
    for name, times in took.items():
        print(
            f"start to first page: {name} {statistics.median(times):.2f} s, here {here / statistics.median(times):.2f} of it"
        )
    if cold:
        return
    with serving("app.py", ROOT):
        ours = asyncio.run(reruns())
    with serving("pages/navigation.py", ROOT, **STOCK):
        stock = asyncio.run(reruns())
    for what, a, b in zip(("the whole glossary", "the glossary, searched"), ours, stock, strict=True):
        print(f"rerun of {what}: here {1000 * a:.1f} ms, on stock settings {1000 * b:.1f} ms: {a / b:.3f} of it")


if __name__ == "__main__":
    main()
