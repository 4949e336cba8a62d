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
    flat = {f"{model}.{name}": array for model, state in states.items() for name, array in state.items()}
    st.download_button("Weights (safetensors)", lambda: save(flat), "weights.safetensors")
    st.download_button("Weights (state_dicts, .pt)", lambda: _torch_file(states), "weights.pt")


def state(arrays: dict[str, Any]) -> None:
    """Buttons for one state_dict."""
    st.download_button("State (safetensors)", lambda: save(arrays), "state.safetensors", icon=":material/download:")
    st.download_button("State (.pt)", lambda: _torch_file(arrays), "state.pt", icon=":material/download:")


def _torch_file(states: dict[str, Any]) -> io.BytesIO:
    """What torch.save makes of a state_dict of arrays, or of several by name."""
    torch_ready()
    import torch

    def tensors(tree: dict[str, Any]) -> dict[str, Any]:
        return {n: tensors(part) if isinstance(part, dict) else torch.tensor(part) for n, part in tree.items()}

    file = io.BytesIO()
    torch.save(tensors(states), file)
    file.seek(0)
    return file
