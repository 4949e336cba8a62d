"""A person's own picture on a page: uploaded or taken, checked, and kept while they are on the page."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from PIL import Image

from core.data.dataset import DataError
from core.data.uploads import MAX_BYTES, read_picture
from pages.ui.session import session
from pages.ui.text import plain

# The address cannot hold a picture; what a link gives is said beside it.
NOT_IN_LINK = "Your picture stays on this server while you are on the page. A link does not hold it: who opens it is asked for their own."


def own_picture(slug: str, camera: bool) -> np.ndarray | None:
    """The picture (H, W, 3) uint8 that the visitor gives; None until there is a good one."""
    if camera:
        file = st.camera_input("Take a picture", key=f"{slug}-photo", help="It goes to this server and nowhere else")
    else:
        file = st.file_uploader(
            "Your picture: PNG, JPEG or WebP",
            type=["png", "jpg", "jpeg", "webp"],
            max_upload_size=MAX_BYTES // 1_000_000,
            key=f"{slug}-upload",
            help="At most 5 MB and 16 million pixels. It goes to this server and nowhere else",
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
        st.error(plain(held[1]), icon=":material/broken_image:")
        return None
    st.download_button(
        "Picture as it is used (PNG)",
        lambda: png(held[1]),
        "picture.png",
        "image/png",
        key=f"{slug}-picture-png",
        help="Upright, cut down to 512 pixels, with nothing of the file but its pixels. The code reads it",
        icon=":material/download:",
    )
    st.caption(NOT_IN_LINK)
    return held[1]


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
