"""A person's own picture: what is refused, how cheaply, and what comes of the rest."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.checks import DataError
from core.data.uploads import MAX_BYTES, MAX_PIXELS, MAX_SCANS, read_picture

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8)


def saved(image: Image.Image | np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *more: bytes, depth: int = 8, kind: int = 2, data: bytes | None = None) -> bytes:
    """A PNG by hand: `more` are chunks between the heading and the pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    rows = zlib.compress((b"\0" + bytes(3 * width)) * height) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def spliced(jpeg: bytes, *segments: tuple[int, bytes]) -> bytes:
    """A JPEG with segments put in right after its start."""
    return jpeg[:2] + b"".join(b"\xff" + bytes([m]) + struct.pack(">H", len(b) + 2) + b for m, b in segments) + jpeg[2:]


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(n + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for n, b in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def bomb() -> bytes:
    """16,000 by 16,000 of one bit each: some 30 KB that would be 768 MB in colour."""
    return png(16000, 16000, depth=1, kind=0, data=zlib.compress(bytes(16000 * 2001), 9))


def zeros(size: int) -> bytes:
    stream, part = zlib.compressobj(9), bytes(1_000_000)
    return b"".join([*(stream.compress(part) for _ in range(size // len(part))), stream.flush()])


JPG = saved(PIXELS, "JPEG")
WEBP = saved(PIXELS, "WEBP")
FULL = zeros(300_000_000)  # 300 KB of it
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "too many bytes": (lambda: PNG_HEAD + bytes(MAX_BYTES), "MB"),
    "text": (lambda: b"hello, world", "not a picture"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
    "svg with a heading": (lambda: b'\xef\xbb\xbf <?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "SVG"),
    "html": (lambda: b"<!DOCTYPE html><img src=x>", "angle brackets"),
    "gif": (lambda: saved(PIXELS, "GIF"), "GIF"),
    "bmp": (lambda: saved(PIXELS, "BMP"), "BMP"),
    "tiff": (lambda: saved(PIXELS, "TIFF"), "TIFF"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(50), "HEIC"),
    "film": (lambda: b"\0\0\0\x18ftypisom" + bytes(50), "film"),
    "pdf": (lambda: b"%PDF-1.7\n", "PDF"),
    "png, only the first bytes": (lambda: b"\x89PNG\r\n\x1a\n", "ends before"),
    "png, heading only": (lambda: png(60, 40)[:33] + chunk(b"IEND", b""), "only its heading"),
    "png, heading twice": (lambda: png(60, 40, chunk(b"IHDR", bytes(13))), "damaged"),
    "png, no heading": (lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "damaged"),
    "png, heading too short": (lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(4)), "wrong length"),
    "png, cut short": (lambda: saved(PIXELS)[:-40], "ends before"),
    "png, a length beyond the end": (lambda: png(60, 40)[:33] + struct.pack(">I4s", 2**31, b"IDAT"), "ends before"),
    "png bomb": (bomb, "pixels"),
    "png of 4 billion by 4 billion": (lambda: png(2**32 - 1, 2**32 - 1, data=b""), "pixels"),
    "png, no pixels": (lambda: png(0, 40, data=b""), "at least"),
    "png, text bomb": (lambda: png(60, 40, chunk(b"zTXt", b"Comment\0\0" + FULL)), "unpacks"),
    "png, international text bomb": (lambda: png(60, 40, chunk(b"iTXt", b"C\0\1\0en\0x\0" + FULL)), "unpacks"),
    "png, profile bomb": (lambda: png(60, 40, chunk(b"iCCP", b"icc\0\0" + FULL)), "unpacks"),
    "png, many small bombs": (lambda: png(60, 40, *[chunk(b"zTXt", b"C\0\0" + zeros(2_000_000))] * 9), "unpacks"),
    "png, a hundred thousand chunks": (lambda: png(60, 40, chunk(b"tEXt", b"a\0b") * 100_000), "parts"),
    "png and zip": (lambda: png(60, 40) + b"PK\x03\x04" + bytes(30) + b"PK\x05\x06" + bytes(18), "zip"),
    "png and something behind": (lambda: png(60, 40) + b"#!/bin/sh", "goes on after"),
    "png and html": (lambda: png(60, 40, chunk(b"tEXt", b"a\0<html><script>alert(1)</script>")), "at once"),
    "png and pdf": (lambda: png(60, 40, chunk(b"tEXt", b"a\0%PDF-1.4 1 0 obj")), "at once"),
    "jpeg, only the first bytes": (lambda: b"\xff\xd8\xff", "ends before"),
    "jpeg, heading only": (lambda: JPG[: JPG.index(b"\xff\xda")], "ends before"),
    "jpeg, cut short": (lambda: JPG[:-200], "ends before"),
    "jpeg, no scan": (lambda: JPG[: JPG.index(b"\xff\xda")] + b"\xff\xd9", "only its heading"),
    "jpeg, no length": (lambda: spliced(JPG)[:2] + b"\xff\xe1\0\0" + JPG[2:], "no length"),
    "jpeg of 65,535 by 65,535": (lambda: resized_jpeg(65535, 65535), "pixels"),
    "jpeg, two sizes": (lambda: spliced(JPG, (0xC0, b"\x08\0\x28\0\x3c\3" + bytes(9))), "once"),
    "jpeg, a thousand scans": (lambda: scans(1000), f"more than {MAX_SCANS}"),
    "jpeg and zip": (lambda: JPG + b"PK\x03\x04" + bytes(30) + b"PK\x05\x06" + bytes(18), "zip"),
    "jpeg and html behind": (lambda: JPG + b"<HTML><body>", "at once"),
    "jpeg and 4.9 MB with a page at their end": (lambda: JPG + bytes(4_900_000) + b"<html>", "at once"),
    "png and 4.9 MB of text": (lambda: png(60, 40, chunk(b"tEXt", b"a\0" + bytes(4_900_000) + b"<html>")), "at once"),
    "png, 4.9 MB that are not what they say": (
        lambda: png(60, 40, chunk(b"iTXt", b"a\0\1\0\0\0" + bytes(4_900_000))),
        "unpacks",
    ),
    "jpeg and script in a comment": (lambda: spliced(JPG, (0xFE, b"<script>x</script>")), "at once"),
    "jpeg, padding for ever": (lambda: JPG[:2] + b"\xff" * 100_000, "parts"),
    "webp, only the first bytes": (lambda: b"RIFF\0\0\0\0WEBP", "ends before|heading|size"),
    "webp, cut short": (lambda: WEBP[:-100], "ends before"),
    "webp of 16 million by 16 million": (lambda: riff((b"VP8X", bytes(4) + b"\xff" * 6)), "pixels"),
    "webp of 16,383 by 16,383": (lambda: riff((b"VP8L", b"\x2f" + (2**28 - 1).to_bytes(4, "little"))), "pixels"),
    "webp, heading only": (lambda: riff((b"VP8X", bytes(4) + b"\x3b\0\0\x27\0\0")), "only its heading"),
    "webp, garbage for a size": (lambda: riff((b"VP8 ", bytes(20))), "size"),
    "webp, two headings": (lambda: riff((b"VP8X", bytes(4) + b"\x3b\0\0\x27\0\0"), (b"VP8X", b"")), "only its heading"),
    "webp and something behind": (lambda: WEBP + b"#!/bin/sh", "goes on after"),
    "webp and html": (lambda: riff((b"VP8X", bytes(4) + b"\x3b\0\0\x27\0\0"), (b"XMP ", b"<html>")), "at once"),
}  # fmt: skip
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def resized_jpeg(width: int, height: int) -> bytes:
    at = JPG.index(b"\xff\xc0") + 5
    return JPG[:at] + struct.pack(">HH", height, width) + JPG[at + 4 :]


def scans(n: int) -> bytes:
    at = JPG.index(b"\xff\xda")
    return JPG[:at] + JPG[at:-2] * n + b"\xff\xd9"


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_honest_picture_is_refused_in_a_sentence_and_cheaply(name: str) -> None:
    make, word = HOSTILE[name]
    data = make()
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=word) as error:
            read_picture(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6
    assert str(error.value).endswith(".") and len(str(error.value)) < 200
    # What a library allocates beside Python's memory is bounded by the sizes it is let see: none, for these.


def test_a_refusal_never_reaches_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object, **__: object) -> None:
        raise AssertionError("the decoder was asked")

    monkeypatch.setattr(Image, "open", decoded)
    for make, _ in HOSTILE.values():
        with pytest.raises(DataError):
            read_picture(make())


def test_the_bomb_is_one() -> None:
    assert len(bomb()) < 40_000 and 3 * 16000 * 16000 > 750e6 and MAX_PIXELS < 16000 * 16000


def test_damage_inside_the_pixels_gives_a_sentence_too() -> None:
    broken = bytearray(saved(PIXELS))
    at = broken.index(b"IDAT") + 40
    broken[at : at + 30] = bytes(30)
    lying = png(60, 40, data=zlib.compress(b"\0" * 100))
    headless = WEBP[:20] + bytes(len(WEBP) - 20)
    for data in (bytes(broken), lying, headless):
        with pytest.raises(DataError):
            read_picture(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_change_to_a_file_gives_a_picture_or_a_sentence(kind: str, data: st.DataObject) -> None:
    file = bytearray({"PNG": SMALL_PNG, "JPEG": JPG, "WEBP": WEBP}[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(12, len(file) - 1))
        file[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 20))
    try:
        picture = read_picture(bytes(file[: len(file) - cut]))
    except DataError:
        return
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3


SMALL_PNG = saved(PIXELS)


def test_a_png_comes_through_to_the_pixel() -> None:
    assert np.array_equal(read_picture(saved(PIXELS)), PIXELS)


def test_a_lossless_webp_too_and_a_jpeg_nearly() -> None:
    assert np.array_equal(read_picture(saved(PIXELS, "WEBP", lossless=True)), PIXELS)
    smooth = np.linspace(0, 255, 60).astype(np.uint8)[None, :, None].repeat(40, 0).repeat(3, 2)
    assert np.abs(read_picture(saved(smooth, "JPEG", quality=95)).astype(int) - smooth).max() < 12


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_the_camera_may_have_been_held_any_way(kind: str, turn: int) -> None:
    scene = np.zeros((40, 60, 3), np.uint8)
    scene[:10, :20] = (255, 0, 0)  # top left
    scene[-10:, :20] = (0, 0, 255)  # bottom left
    stored = {  # what a camera stores so that a viewer that follows the EXIF standard shows `scene`
        1: scene, 2: scene[:, ::-1], 3: scene[::-1, ::-1], 4: scene[::-1], 5: scene.swapaxes(0, 1),
        6: np.rot90(scene, 1), 7: scene[::-1, ::-1].swapaxes(0, 1), 8: np.rot90(scene, -1),
    }[turn]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turn
    seen = read_picture(saved(np.ascontiguousarray(stored), kind, exif=exif)).astype(int)
    assert seen.shape == scene.shape
    assert np.abs(seen - scene).mean() < 12


def test_nonsense_for_an_orientation_is_passed_over() -> None:
    for value in (0, 9, 77):
        exif = Image.Exif()
        exif[0x0112] = value
        assert np.array_equal(read_picture(saved(PIXELS, exif=exif)), PIXELS)
    broken = png(60, 40, chunk(b"eXIf", b"II*\0" + b"\xff" * 40))
    assert read_picture(broken).shape == (40, 60, 3)


def test_what_is_transparent_lies_on_white() -> None:
    clear = np.zeros((40, 60, 4), np.uint8)
    clear[:20] = (255, 0, 0, 255)
    for kind in ("PNG", "WEBP"):
        seen = read_picture(saved(clear, kind, **({"lossless": True} if kind == "WEBP" else {})))
        assert (seen[5, 5] == (255, 0, 0)).all() and (seen[-5, 5] == 255).all()
    palette = Image.fromarray(clear[..., :3]).convert("P")
    seen = read_picture(saved(palette, transparency=palette.getpixel((0, 39))))
    assert (seen[-5, 5] == 255).all()
    grey = Image.fromarray(np.dstack([clear[..., 0], clear[..., 3]]), "LA")
    assert (read_picture(saved(grey))[-5, 5] == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGBA", "LA"])
def test_every_mode_becomes_colour(mode: str) -> None:
    image = Image.fromarray(PIXELS).convert(mode)
    seen = read_picture(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert seen.shape == (40, 60, 3) and seen.dtype == np.uint8


def test_sixteen_bit_grey_is_scaled_and_not_cut_off() -> None:
    ramp = np.linspace(0, 65535, 60).astype(np.uint16)[None].repeat(40, 0)
    seen = read_picture(saved(ramp))
    assert np.abs(seen[0, :, 0].astype(float) - ramp[0] / 257).max() <= 1
    deep = png(60, 40, depth=16, kind=2, data=zlib.compress((b"\0" + b"\x80\x00\xff\xff\x00\x00" * 60) * 40))
    assert np.abs(read_picture(deep)[3, 3].astype(int) - (128, 255, 0)).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_what_moves_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (60, 40), c) for c in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
    assert (read_picture(data) == (255, 0, 0)).all()


def test_the_longest_side_is_brought_down_and_the_shape_kept() -> None:
    wide = saved(np.zeros((300, 900, 3), np.uint8))
    assert read_picture(wide, side=200).shape == (67, 200, 3)
    assert read_picture(wide).shape == (300, 900, 3)
    assert read_picture(saved(np.zeros((8, 9000, 3), np.uint8)), side=100).shape == (1, 100, 3)


def test_a_picture_as_large_as_is_allowed_is_read() -> None:
    seen = read_picture(saved(Image.new("RGB", (4000, 4000), "teal"), "JPEG"), side=500)
    assert seen.shape == (500, 500, 3)


def test_a_second_picture_behind_a_phones_jpeg_is_left_out() -> None:
    assert np.array_equal(read_picture(JPG + saved(PIXELS[::-1].copy(), "JPEG")), read_picture(JPG))
    film = b"\0\0\0\x18ftypmp42" + RNG.bytes(100_000)
    assert np.array_equal(read_picture(JPG + film), read_picture(JPG))


def test_an_honest_profile_and_text_do_no_harm() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("PNG", "WEBP", "JPEG"):
        assert read_picture(saved(PIXELS, kind, icc_profile=profile)).shape == PIXELS.shape
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    assert (
        read_picture(png(60, 40, text, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"hello")))).shape == PIXELS.shape
    )
    assert read_picture(png(60, 40, chunk(b"zTXt", b"Comment\0\0not compressed"))).shape == PIXELS.shape


def test_nothing_of_a_file_is_quoted() -> None:
    for data in (b"<b>me</b>", b"[x](http://evil)", b"\x89PNG\r\n\x1a\n" + b"$evil$" * 9):
        with pytest.raises(DataError) as error:
            read_picture(data)
        assert "evil" not in str(error.value) and "<b>" not in str(error.value)
