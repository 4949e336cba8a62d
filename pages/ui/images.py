"""Pictures on a page."""

from __future__ import annotations

import base64
import io
from typing import Literal

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui.text import escape_markdown


def show_picture(image: np.ndarray, alt: str, width: int | Literal["stretch"], caption: str | None = None) -> None:
    """A picture (H, W, 3) or (H, W), uint8 or in [0, 1], sent within the page: Streamlit's own store of media forgets the
    last one at each redraw, and a browser that asks late would find nothing."""
    st.image(_written_out(image), caption=caption, width=width, alt=alt)


def show_small(image: np.ndarray, alt: str) -> None:
    """A picture like those of show_picture, at most as wide as its column, without a button to enlarge it: a stop of Tab less for each."""
    st.markdown(f"![{escape_markdown(alt)}]({_written_out(image)})")


def _written_out(image: np.ndarray) -> str:
    """The picture itself as an address."""
    pixels = image if image.dtype == np.uint8 else (255 * image).round().astype(np.uint8)
    file = io.BytesIO()
    # Lossless. As small as PNG in half the time, and a page of draws is twelve of these at each move of a slider.
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=0, method=0)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def enlarged(x: np.ndarray, width: int) -> np.ndarray:
    """A small picture (C, H, W) in [0, 1] as (H, W) or (H, W, C), each pixel repeated up to about `width`."""
    image = x.transpose(1, 2, 0).clip(0, 1)
    times = max(1, width // image.shape[1])
    return image.repeat(times, 0).repeat(times, 1).squeeze()
