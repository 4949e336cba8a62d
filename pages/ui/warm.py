"""What the first visitors would otherwise wait for, and what must be ended with the server.

The workers that train start in processes of their own, when the first page asks for something or a few seconds after the
start. The server itself needs torch only for pages that compute while a slider moves. Importing it holds up all visitors for
a second or two, so it waits until such a page is opened. Two threads must not import torch at the same time: one could meet
it half made.
"""

from __future__ import annotations

import gc
import logging
import threading

GRACE = 3.0  # s after the start in which Home has the interpreter to itself

_lock = threading.Lock()
_loaded = threading.Event()


def warm_up() -> None:
    """Returns at once. Whoever serves the pages otherwise, such as a test, need not call it."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    # What the first run of Home imports, while the browser still reads Streamlit's own scripts.
    import streamlit.emojis  # noqa: F401

    import core.catalogue  # noqa: F401
    import pages.ui.running  # noqa: F401
    from core.cluster.queues import the_queue
    from pages import ui

    threading.Event().wait(GRACE)
    if trouble := the_queue().trouble:
        logging.getLogger("concept_lab").warning(trouble)
    with _lock:  # SciPy, which some of it imports, asks a torch that is there for its parts, also one that is half made
        for name in ui.__all__:
            getattr(ui, name)
    gc.collect()
    gc.freeze()  # what lives as long as the server need not be looked through at every collection


def torch_loaded() -> bool:
    return _loaded.is_set()


def torch_ready() -> None:
    """Import torch, once, for what is computed in the server itself."""
    with _lock:
        import torch

        torch.set_num_threads(1)
        from core.engine import device

        device.keep_freed_memory()
        if not _loaded.is_set():
            gc.collect()
            gc.freeze()
        _loaded.set()


def shut_down() -> None:
    """End the workers with the server."""
    from core.cluster.queues import the_queue

    if the_queue.cache_info().currsize:
        the_queue().close()
