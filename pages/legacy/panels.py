"""Panels below the figures: findings, cost, the sealed test score, downloads, code, the learner's own data."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import Any

import streamlit as st
import torch
from safetensors.torch import save

from core.data import DataError, Dataset, read_csv
from pages.legacy.charts import HEIGHT, enlarged, picture
from pages.ui.text import escape_markdown as plain


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


def weights(result: Any, slug: str) -> None:
    """Downloads of the trained models."""
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
