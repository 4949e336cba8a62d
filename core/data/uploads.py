"""A person's own picture: PNG, JPEG or WebP.

Nothing in the file is trusted. Its kind is told by its first bytes, its number of bytes and of pixels are checked before
anything is decoded, and what may be compressed inside it (text, colour profiles) is unpacked only up to a bound. The file
is walked part by part, and only the parts that make pixels are handed to the decoder: further frames, text, profiles and
whatever follows the picture are left out. Nothing but pixels leaves this module; each refusal is a sentence.

Formats: W3C, "Portable Network Graphics", third edition (2025); ITU-T T.81 (JPEG, 1992); Google, "WebP Container".
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.data.checks import DataError

MAX_BYTES = 5_000_000
MAX_PIXELS = 16_000_000  # a phone's usual 12 million, and some room; 64 MB when decoded
MAX_SIDE, MIN_SIDE = 12_000, 8
MAX_PARTS = 4_000  # chunks or segments
MAX_SCANS = 40  # of a JPEG; each one goes over the whole picture again, and honest files have about ten
MAX_PACKED, MAX_HIDDEN = 1_000_000, 4_000_000  # bytes of one compressed text or profile; of what all of them unpack to
MAX_EXIF = 65_536

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
WANTED = "save the picture as PNG, JPEG or WebP."

# First bytes of what people try: (where, bytes, name).
KINDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIC picture"),
    (4, b"ftyp", "a film"),
    (0, b"%PDF", "a PDF"),
    (0, b"\x1f\x8b", "a gzip archive"),
)
# What makes a file something else as well as a picture; long enough not to turn up by chance in a film behind a photograph.
FOREIGN = (b"<script", b"<html", b"<svg ", b"<?php", b"%pdf-", b"rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
ZIP_END, ZIP_REACH = b"PK\x05\x06", 65_557  # an archive is read from its end, which lies so near the file's


class Walked(NamedTuple):
    """What is known of a file before it is decoded: its kind, its size in pixels, and the file without all that is not
    needed for the pixels of the first frame."""

    kind: str
    width: int
    height: int
    parts: list[bytes | memoryview]


def read_picture(data: bytes, side: int = 1024) -> np.ndarray:
    """The picture (H, W, 3), uint8, its longest side at most `side`: upright, on white where it is transparent, the first
    frame if it moves. Raises DataError with a sentence for whatever is no PNG, JPEG or WebP of at most 5 MB and 16
    million pixels."""
    walked = _walk(data)
    _check_size(walked.width, walked.height)
    try:
        with Image.open(io.BytesIO(b"".join(walked.parts)), formats=[walked.kind]) as image:
            if image.size != (walked.width, walked.height):
                raise DataError("The file contradicts itself about the size of the picture.")
            turn = _orientation(image)
            return _upright(_small(image, side), turn)
    except DataError:
        raise
    # Whatever a decoder makes of a damaged file: OSError, SyntaxError, ValueError, struct.error, zlib.error and more.
    except Exception:
        raise DataError(f"The {walked.kind} file is damaged: it cannot be decoded to its end.") from None


def _walk(data: bytes) -> Walked:
    if not data:
        raise DataError("The file is empty.")
    if len(data) > MAX_BYTES:
        raise DataError(f"The file has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    if ZIP_END in data[-ZIP_REACH:]:
        raise DataError(f"The file is or holds a zip archive; {WANTED}")
    if data.startswith(PNG):
        return _png(data)
    if data.startswith(JPEG):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    for at, magic, name in KINDS:
        if data.startswith(magic, at):
            raise DataError(f"The file is {name}, whatever its name ends in; {WANTED}")
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start or start.startswith((b"<?xml", b"<!doctype", b"<html")):
        raise DataError(f"The file is SVG or another text in angle brackets, not a picture of pixels; {WANTED}")
    raise DataError(f"The file is not a picture that is read here; {WANTED}")


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise DataError(f"The picture is {width} × {height} pixels; each side must have at least {MIN_SIDE}.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise DataError(
            f"The picture is {width:,} × {height:,} pixels; at most {MAX_PIXELS / 1e6:.0f} million are read, and "
            f"{MAX_SIDE:,} a side. Make it smaller."
        )


def _check_foreign(part: bytes | memoryview, what: str) -> None:
    """Refuse what is a page, an archive or a document too. `part` is not itself compressed picture."""
    text = bytes(part).lower()
    if any(sign in text for sign in FOREIGN):
        raise DataError(f"The file is a picture and something else at once ({what}); save the picture anew.")


def _truncated(kind: str) -> DataError:
    return DataError(f"The {kind} file ends before the picture does; it was not copied whole.")


def _too_many(kind: str) -> DataError:
    return DataError(f"The {kind} file is cut into more parts than any camera or program does.")


# PNG: eight bytes, then chunks of (length, name, data, check sum).


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    """(name, data, whole chunk) of every chunk up to IEND; refuses what follows it."""
    view, at = memoryview(data), len(PNG)
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            raise _truncated("PNG")
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise _truncated("PNG")
        yield name, view[at + 8 : end - 4], view[at:end]
        if name == b"IEND":
            if data[end:].strip(b"\0\r\n "):
                raise DataError("The PNG file goes on after the end of the picture; save the picture anew.")
            return
        at = end
    raise _too_many("PNG")


def _png(data: bytes) -> Walked:
    kept: list[bytes | memoryview] = [PNG]
    size: tuple[int, int] | None = None
    hidden, pixels = 0, False
    for name, body, chunk in _chunks(data):
        if (size is None) != (name == b"IHDR"):
            raise DataError("The PNG file is damaged: its first part, and no other, must give the size.")
        if name == b"IHDR":
            if len(body) != 13:
                raise DataError("The PNG file is damaged: its first part has the wrong length.")
            size = struct.unpack_from(">II", body)
            _check_size(*size)
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND") or (name == b"eXIf" and len(body) <= MAX_EXIF):
            kept.append(chunk)
            pixels |= name == b"IDAT"
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
                raise DataError("The PNG file is damaged: a part does not agree with its check sum.")
        elif name not in (b"fdAT", b"fcTL", b"acTL"):
            hidden = _unpacked(name, body, hidden)
            _check_foreign(body, "there is more than text in its text")
    if size is None or not pixels:
        raise DataError("The PNG file holds no picture, only its heading.")
    return Walked("PNG", *size, kept)


def _unpacked(name: bytes, body: memoryview, so_far: int) -> int:
    """How many bytes text and profiles unpack to, `so_far` included. Refuses as soon as it is too many."""
    if name in (b"zTXt", b"iCCP"):  # a name, a zero, the method, then compressed
        packed = bytes(body).partition(b"\0")[2][1:]
    elif name == b"iTXt":  # a name, a zero, whether compressed, the method, two more texts each with a zero
        rest = bytes(body).partition(b"\0")[2]
        packed = rest[2:].split(b"\0", 2)[-1] if rest[:1] == b"\1" else b""
    else:
        return so_far
    step = zlib.decompressobj()
    while packed and len(packed) <= MAX_PACKED and so_far <= MAX_HIDDEN:
        try:
            so_far += len(step.decompress(packed, 500_000))
        except zlib.error:
            return so_far  # not even compressed; it is left out anyway
        packed = step.unconsumed_tail
    if packed or so_far > MAX_HIDDEN:
        raise DataError(
            f"Text or a profile hidden in the PNG file unpacks to more than {MAX_HIDDEN / 1e6:.0f} MB; "
            "save the picture anew."
        )
    return so_far


# JPEG: segments (0xFF, marker, length, data); after "start of scan" comes compressed data up to the next marker.

FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # start of frame, which gives the size
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # the next marker that is neither stuffing nor a restart


def _jpeg(data: bytes) -> Walked:
    view, at = memoryview(data), 2
    kept: list[bytes | memoryview] = [data[:2]]
    size: tuple[int, int] | None = None
    scans = 0
    for _ in range(MAX_PARTS):
        if at + 2 > len(data):
            raise _truncated("JPEG")
        if data[at] != 0xFF:
            raise DataError("The JPEG file is damaged: a part does not begin where it should.")
        marker = data[at + 1]
        if marker == 0xFF:  # padding; at most so many of it as there may be parts
            at += 1
            continue
        if marker == 0xD9:  # end of the picture
            if size is None or not scans:
                raise DataError("The JPEG file holds no picture, only its heading.")
            kept.append(view[at : at + 2])
            # Phones put a second picture or a film behind the first; it is left out. Archives and pages are refused.
            _check_foreign(view[at + 2 :], "something follows the picture")
            return Walked("JPEG", *size, kept)
        if at + 4 > len(data):
            raise _truncated("JPEG")
        length = struct.unpack_from(">H", data, at + 2)[0]
        end = at + 2 + length
        if length < 2:
            raise DataError("The JPEG file is damaged: a part has no length.")
        if end > len(data):
            raise _truncated("JPEG")
        body = view[at + 4 : end]
        if marker in FRAMES:
            if size is not None or len(body) < 6:
                raise DataError("The JPEG file is damaged: it must give the size of the picture once.")
            height, width = struct.unpack_from(">HH", body, 1)
            size = width, height
            _check_size(*size)
        if marker == 0xDA:
            scans += 1
            if scans > MAX_SCANS:
                raise DataError(f"The JPEG file goes over the picture more than {MAX_SCANS} times; save it anew.")
            found = NEXT_MARKER.search(data, end)
            if found is None:
                raise _truncated("JPEG")
            end = found.start()
        exif = marker == 0xE1 and bytes(body[:6]) == b"Exif\0\0"
        if exif or marker == 0xEE or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(view[at:end])
        else:
            _check_foreign(body, "there is more than text in its text")
        at = end
    raise _too_many("JPEG")


# WebP: RIFF chunks (name, length, data, padded to an even length).

WEBP_FLAGS = 0b0001_1010  # transparency, EXIF, animation


def _webp(data: bytes) -> Walked:
    view, at = memoryview(data), 12
    stop = 8 + struct.unpack_from("<I", data, 4)[0]
    if not at < stop <= len(data):
        raise _truncated("WebP")
    if data[stop:].strip(b"\0"):
        raise DataError("The WebP file goes on after the end of the picture; save the picture anew.")
    kept: list[bytes | memoryview] = []
    size: tuple[int, int] | None = None
    frames = 0
    for _ in range(MAX_PARTS):
        if at == stop:
            break
        if at + 8 > stop:
            raise _truncated("WebP")
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > stop:
            raise _truncated("WebP")
        body = view[at + 8 : at + 8 + length]
        if size is None:
            size = _webp_size(name, body)
            _check_size(*size)
        if name == b"VP8X" and not kept:  # its flags: of what may be left out, they must promise nothing
            kept.append(
                struct.pack("<4sIB", name, length, body[0] & WEBP_FLAGS) + bytes(body[1:]) + b"\0" * (length % 2)
            )
        elif name in (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF") or (name == b"EXIF" and length <= MAX_EXIF):
            frames += name in (b"VP8 ", b"VP8L", b"ANMF")
            if name != b"ANMF" or frames == 1:
                kept.append(view[at : min(end, stop)])
        else:
            _check_foreign(body, "there is more than text in its text")
        at = min(end, stop)
    else:
        raise _too_many("WebP")
    if size is None or not frames:
        raise DataError("The WebP file holds no picture, only its heading.")
    total = sum(map(len, kept))
    return Walked("WEBP", *size, [b"RIFF" + struct.pack("<I", 4 + total) + b"WEBP", *kept])


def _webp_size(name: bytes, body: memoryview) -> tuple[int, int]:
    """Width and height from the first chunk, which always tells them."""
    if name == b"VP8X" and len(body) >= 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and len(body) >= 10 and bytes(body[3:6]) == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise DataError("The WebP file is damaged: its first part does not give the size.")


# From here on the file is known to be small enough to decode.


def _orientation(image: Image.Image) -> int:
    """How the camera was held, 1 to 8 (EXIF); 1, upright, when it does not say or says nonsense."""
    try:
        turn = image.getexif().get(0x0112, 1)
    except Exception:  # EXIF is made by cameras of every age; a broken one is no reason to refuse the picture
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _small(image: Image.Image, side: int) -> np.ndarray:
    """(H, W, 3) uint8 with no side above `side`, transparency laid on white."""
    image.draft(None, (side, side))  # a JPEG can be decoded at a half, a quarter or an eighth of its size
    image.load()
    if image.mode.startswith(("I", "F")):  # 16-bit grey, which Pillow would clip at 255
        grey = np.asarray(image).astype(np.float32)
        image = Image.fromarray((grey.clip(0, 65535) / 257).round().astype(np.uint8))
    clear = image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info
    image = image.convert("RGBA" if clear else "RGB")
    image.thumbnail((side, side), Image.Resampling.BOX if max(image.size) > 4 * side else Image.Resampling.LANCZOS)
    if clear:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image).convert("RGB")
    return np.asarray(image)


def _upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """`pixels` as seen upright, for the EXIF orientation `turn` from 1 to 8."""
    if turn >= 5:
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
