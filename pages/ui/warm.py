"""What the first visitors would otherwise wait for: importing torch, and training an epoch, which imports 900 modules more.

The server does it in a thread of its own, so that Home, which needs none of it, is served at once: the thread begins when
the first page asks for it, or a few seconds after the start, since the import would hold up Home's own. Two threads must not
import torch at the same time (one could meet it half made), so a page that needs it waits until this is done.
"""

from __future__ import annotations

import gc
import threading

GRACE = 5.0  # s after the start in which Home has the interpreter to itself

_begun, _asked, _done = threading.Event(), threading.Event(), threading.Event()


def warm_up() -> None:
    """Returns at once. Whoever serves the pages otherwise, such as a test, need not call it."""
    _begun.set()
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def warmed_up(timeout: float = 60.0) -> bool:
    """Wait until a warm-up that has begun is done; whether it is, which is also so when none was asked for."""
    _asked.set()
    return not _begun.is_set() or _done.wait(timeout)


def _warm_up() -> None:
    try:
        # What the first run of Home imports, while the browser still reads Streamlit's own scripts.
        import streamlit.emojis  # noqa: F401

        import core.catalogue  # noqa: F401
        import pages.ui.running  # noqa: F401

        _asked.wait(GRACE)
        import sklearn.ensemble  # noqa: F401
        import torch

        torch.set_num_threads(1)
        from core.engine import device

        device.keep_freed_memory()
        from core.concepts.optimization import training
        from core.progress import finished
        from pages import ui

        for name in ui.__all__:
            getattr(ui, name)
        finished(training.run(training.Settings(epochs=1, seeds=2)))
        gc.collect()
        gc.freeze()  # what lives as long as the server need not be looked through at every collection
    finally:
        _done.set()
