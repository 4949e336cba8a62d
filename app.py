"""The server: `streamlit run app.py`. The pages begin in pages/navigation.py; README.md says why it is not this file."""

import os

# Before torch is imported anywhere: on busy cores two threads make a small step many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

VISITORS = int(os.environ.get("CONCEPT_LAB_VISITORS", "300"))  # open tabs; Streamlit itself knows no limit


class Visitors:
    """Closes a further tab's connection while `most` are open, so that those who are here are served well. The page says
    that it is connecting and tries again by itself."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most, self.open = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
        elif self.open >= self.most:
            await receive()
            await send({"type": "websocket.close", "code": 1013, "reason": "too many visitors, try again later"})
        else:
            self.open += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self.open -= 1


def warm_up() -> None:
    """Do once what the first visitor would wait for: import torch and train an epoch, which imports 900 modules more."""
    import sklearn.ensemble  # noqa: F401
    import torch

    torch.set_num_threads(1)
    from core.engine import device

    device.keep_freed_memory()
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


app = st.App("pages/navigation.py", lifespan=lifespan, middleware=[Middleware(Visitors, most=VISITORS)])
