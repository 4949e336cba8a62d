"""A person's own picture, points or state dict on a page: uploaded or taken, checked, and kept while they are on the page."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from core import text
from core.data.checks import DataError
from core.data.own import read_csv, read_numbers
from core.data.uploads import MAX_BYTES, read_picture
from pages.ui.session import session
from pages.ui.text import escape_markdown

Inputs = tuple[dict[str, Any], dict[str, Any]]  # values of hidden fields, and what run() takes beside the settings


def own_picture(slug: str, camera: bool) -> np.ndarray | None:
    """The picture (H, W, 3) uint8 that the visitor gives; None until there is a good one."""
    words = text.of("")
    if camera:
        file = st.camera_input(words("ui.picture_camera"), key=f"{slug}-photo", help=words("ui.picture_help"))
    else:
        file = st.file_uploader(
            words("ui.picture_upload"),
            type=["png", "jpg", "jpeg", "webp"],
            max_upload_size=MAX_BYTES // 1_000_000,
            key=f"{slug}-upload",
            help=words("ui.picture_help"),
        )
    if file is None:
        session().quick.pop(f"{slug}-picture", None)
        return None
    held = session().quick.get(f"{slug}-picture")
    if held is None or held[0] != file.file_id:
        try:
            held = file.file_id, read_picture(file.getvalue(), side=512)
        except DataError as error:
            held = file.file_id, str(error)
        session().quick[f"{slug}-picture"] = held  # decoded once, not at every slider
    if isinstance(held[1], str):
        st.error(escape_markdown(held[1]), icon=":material/broken_image:")
        return None
    label, key = words("ui.picture_png"), f"{slug}-picture-png"
    download = lambda: png(held[1])  # noqa: E731
    st.download_button(label, download, "picture.png", "image/png", key=key, icon=":material/download:")
    st.caption(words("ui.not_in_link"))
    return held[1]


def own_points(values: Mapping[str, Any]) -> Inputs:
    """The CSV of the learner's own points, checked, when the data set is "own"."""
    return _own_csv(values, "ui.csv_upload", read_csv)


def own_numbers(values: Mapping[str, Any]) -> Inputs:
    """The CSV of the learner's own inputs and targets, checked, when the data set is "own"."""
    return _own_csv(values, "ui.csv_numbers", read_numbers)


def _own_csv(values: Mapping[str, Any], label: str, read: Callable[[bytes], object]) -> Inputs:
    if values.get("data") != "own":
        return {"own": ""}, {}
    file = st.file_uploader(text.of("")(label), type="csv", max_upload_size=2)
    if file is None:
        return {"own": ""}, {}
    data = file.getvalue()
    try:
        read(data)
    except DataError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return {"own": ""}, {}
    st.caption(text.of("")("ui.csv_not_in_link"))
    return {"own": digest(data)}, {"own": data}


def own_state(values: Mapping[str, Any]) -> Inputs:
    """The state file of the learner's own, when the file is "upload". It is checked where it is read (core.data.states)."""
    if values.get("file") != "upload":
        return {"upload": ""}, {}
    words = text.of("")
    file = st.file_uploader(
        words("ui.state_upload"),
        type=["safetensors", "pt", "pth"],
        max_upload_size=MAX_BYTES // 1_000_000,
        help=words("ui.state_help"),
    )
    if file is None:
        return {"upload": ""}, {}
    data = file.getvalue()
    st.caption(words("ui.state_not_in_link"))
    return {"upload": digest(data)}, {"upload": data}


def digest(data: bytes) -> str:
    """A short name for what a file holds."""
    return hashlib.sha256(data).hexdigest()[:16]


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
