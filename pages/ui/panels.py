"""Panels below the figures: findings, cost, the sealed test score, downloads, code, the learner's own data."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import streamlit as st
import torch
from safetensors.torch import save

from core.data import DataError, Dataset, read_csv
from core.stats import mean_interval
from pages.ui.charts import HEIGHT, enlarged, picture
from pages.ui.controls import Controls
from pages.ui.running import Run
from pages.ui.session import session
from pages.ui.share import link
from pages.ui.text import plain


def findings(sentences: Sequence[str]) -> None:
    with st.container(border=True):
        st.markdown("**What this run shows**")
        st.markdown("\n".join(f"- {s}" for s in sentences))


def cost(result: Any) -> None:
    """Parameters, operations, time and memory of the models of a run."""
    rows = (
        ("Parameters", f"{result.parameters:,}", "Of one network"),
        ("FLOPs", f"{result.flops:,}", "Floating-point operations for one example, forwards"),
        (
            "Step",
            f"{result.ms_per_step:.2g} ms",
            f"One step of all {result.settings.seeds} networks, measuring included",
        ),
        ("Memory", f"{result.memory_mb:.0f} MB", "By which the process grew during this run"),
        ("Device", result.device, "Where it ran"),
    )
    with st.container(horizontal=True, gap="medium"):
        for label, value, help in rows:
            st.caption(f"{label}: **{value}**", help=help, width="content")


def pin_and_share(page: str, controls: Controls, run: Run) -> None:
    """Pin the finished run, or copy the link to it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _pin(page, run)
        link(controls)


def _pin(page: str, run: Run) -> None:
    if st.button(
        "Pin this run", icon=":material/push_pin:", key=f"{page}-pin", help="Keep it to compare the next with"
    ):
        session().pin(page, run.result)
        st.rerun()


def afterwards(page: str, controls: Controls, run: Run, concept: ModuleType) -> None:
    """What can be done with a finished run: pin, share, take away, open the test score."""
    result, me = run.result, session()
    assert result is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        _pin(page, run)
        link(controls)
        with st.popover("Download", icon=":material/download:"):
            _downloads(result, controls.slug)
        if result.stack is not None:
            key = (page, result.settings)
            if st.button("Open the test score", icon=":material/lock_open:", key=f"{page}-test"):
                me.opened[key] = me.opened.get(key, 0) + 1
                me.opened[page] = me.opened.get(page, 0) + 1
            if key in me.opened:
                score = mean_interval(concept.test_scores(result))
                st.markdown(f"**Test accuracy {score.text('%', 100)}**", width="content")
            if me.opened.get(page):
                st.caption(
                    f"Opened {me.opened[page]}×. Each look you act on makes the test less of a test.", width="content"
                )


def _downloads(result: Any, slug: str) -> None:
    st.download_button("History (CSV)", lambda: result.history.to_csv(index=False), f"{slug}-history.csv", "text/csv")
    if result.stack is None:
        st.caption("Weights can be downloaded when a run has come to its end.")
        return
    models = {f"seed{s}": result.stack.unstack(k).state_dict() for k, s in enumerate(result.stack.seeds)}

    def tensors() -> bytes:
        return save({f"{m}.{n}": t.contiguous() for m, state in models.items() for n, t in state.items()})

    def states() -> io.BytesIO:
        file = io.BytesIO()
        torch.save(models, file)
        file.seek(0)
        return file

    st.download_button("Weights (safetensors)", tensors, f"{slug}.safetensors")
    st.download_button("Weights (state_dicts, .pt)", states, f"{slug}.pt")


def script(slug: str, text: str | None) -> None:
    if text is None:
        st.caption(
            "There is no script for these settings: they are not valid, or the data set must be downloaded first."
        )
        return
    st.caption("Plain PyTorch, nothing of this lab in it. It prints the accuracy of every seed, as above.")
    st.download_button("Download", text, f"{slug}.py", "text/x-python", icon=":material/download:")
    st.code(text, language="python", height=420)


def own_points() -> bytes | None:
    """An upload of the learner's own points, checked; None until there is a good one."""
    file = st.file_uploader("CSV: two columns of numbers, then the label", type="csv", max_upload_size=2)
    if file is None:
        return None
    try:
        read_csv(file.getvalue())
    except DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    return file.getvalue()


def digest(data: bytes | None) -> str:
    return hashlib.sha256(data).hexdigest()[:16] if data else ""


def samples(data: Dataset, most: int = 40) -> None:
    """The first training pictures."""
    st.markdown(f"**{data.name}**: {len(data.train)} pictures to train on, {len(data.validation)} to validate")
    with st.container(height=HEIGHT - 60, border=False), st.container(horizontal=True, gap="small"):
        for x, y in zip(data.train.x[:most].cpu().numpy(), data.train.y[:most].tolist(), strict=True):
            picture(enlarged(x, 48), data.classes[y], 48)
