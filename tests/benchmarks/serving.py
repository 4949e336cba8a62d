"""What start-up and settings gain, as ratios: `python tests/benchmarks/serving.py`. Medians of five.

Start: from starting the server to the heading of the first page in Chromium, against the smallest app that imports torch at
its top. Rerun: one more run of the glossary's script, over Streamlit's own protocol, against the same page served by
`streamlit run pages/navigation.py` with Streamlit's own settings for garbage and file watching, torch loaded in both.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
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


def first_page(browser: Browser, script: str, cwd: Path, heading: str) -> float:
    begun = time.perf_counter()
    with serving(script, cwd):
        page = browser.new_page()
        page.goto(ADDRESS)
        page.get_by_role("heading", name=heading).first.wait_for()
        took = time.perf_counter() - begun
        page.close()
    return took


async def reruns(n: int = 20) -> float:
    async with protocol.visitor(ADDRESS) as v:
        await v.run(page="training")  # brings torch
        await asyncio.sleep(20)  # until the warm-up is over and a watcher has found what to watch
        await v.run(page="glossary")
        return statistics.median([await v.run() for _ in range(n)])


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.py").write_text(PEER)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        ours, peer = [], []
        for _ in range(5):
            ours.append(first_page(browser, "app.py", ROOT, "Understand deep learning"))
            peer.append(first_page(browser, "app.py", Path(folder), "Torch is here"))
        a, b = statistics.median(ours), statistics.median(peer)
        print(f"start to first page: here {a:.2f} s, an app that imports torch at its top {b:.2f} s: {a / b:.2f} of it")
        browser.close()
    with serving("app.py", ROOT):
        here = asyncio.run(reruns())
    with serving("pages/navigation.py", ROOT, **STOCK):
        stock = asyncio.run(reruns())
    print(
        f"rerun of the glossary: here {1000 * here:.1f} ms, on stock settings {1000 * stock:.1f} ms: {here / stock:.3f}"
    )


if __name__ == "__main__":
    main()
