"""Trained networks to take home."""

from __future__ import annotations

import io
from typing import Any

import streamlit as st
from safetensors.numpy import save

from pages.ui.warm import torch_ready


def weights(result: Any) -> None:
    """Buttons for the state_dicts of a complete run, `result.weights`, one for each seed."""
    if not result.weights:
        return
    first = result.settings.seed
    states = {f"seed{first + k}": state for k, state in enumerate(result.weights)}

    def tensors() -> bytes:
        return save({f"{model}.{name}": array for model, state in states.items() for name, array in state.items()})

    def torch_file() -> io.BytesIO:
        torch_ready()
        import torch

        file = io.BytesIO()
        torch.save({m: {n: torch.tensor(a) for n, a in state.items()} for m, state in states.items()}, file)
        file.seek(0)
        return file

    st.download_button("Weights (safetensors)", tensors, "weights.safetensors")
    st.download_button("Weights (state_dicts, .pt)", torch_file, "weights.pt")
