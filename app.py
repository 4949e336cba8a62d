"""The server: `streamlit run app.py`. The pages begin in pages/navigation.py; see README.md for why it is not this file."""

import os

# Before torch is imported anywhere: on busy cores two threads make a small step many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool


def warm_up() -> None:
    """Do once what the first visitor would wait for: import torch, and train one epoch, which imports 900 modules more."""
    import torch

    torch.set_num_threads(1)
    from core.concepts.optimization import training
    from pages import ui  # noqa: F401  (what every page imports)

    for _ in training.run(training.Settings(epochs=1, seeds=2)):
        pass
    gc.collect()
    gc.freeze()  # what lives as long as the server need not be looked through at every collection


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    await run_in_threadpool(warm_up)
    yield


app = st.App("pages/navigation.py", lifespan=lifespan)
