"""A person's own state dict: a file of safetensors, or one that torch.save has written.

Nothing in the file is trusted. Its number of bytes comes first; then names, shapes and dtypes are read from its heading and
compared with those of the network, and only then are numbers read. A pickle is listed without being run before PyTorch sees
it: `weights_only=True` refuses to call what is not on its list, but that list holds bytearray, and so any amount of memory.
Each refusal is a sentence.

Formats: Hugging Face, "Safetensors format"; PyTorch, "Serialization semantics"; Python, "pickletools".
"""

from __future__ import annotations

import io
import json
import pickletools
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.data.checks import DataError
from core.data.uploads import MAX_BYTES

Wanted = Mapping[str, tuple[tuple[int, ...], str]]  # name of a tensor -> its shape and dtype

MAX_HEADING = 100_000  # bytes of the names, shapes and dtypes; two hundred layers take about half
# All that the pickle of a state dict needs besides the storages of its numbers.
PLAIN = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"}
STORAGE = re.compile(r"torch \w+Storage")
DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
          "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool"}  # fmt: skip
SEVERAL = re.compile(r"(seed\d+\.).")  # the training page's files hold a network a seed


def read_state(data: bytes, wanted: Wanted) -> dict[str, np.ndarray]:
    """The tensors of a file, which must be those that the network has. Of a file with a network for each seed, the first.
    Raises DataError with a sentence for everything else."""
    if len(data) > MAX_BYTES:
        raise DataError(f"The file has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    if data.startswith(b"PK\x03\x04"):
        return _torch_file(data, wanted)
    if data[8:9] == b"{":
        return _safetensors(data, wanted)
    if data.startswith(b"\x80") and (called := foreign_names(data)):
        raise DataError(_would_call(called))
    raise DataError("The file is neither safetensors nor a file of torch.save.")


def check_state(found: Wanted, wanted: Wanted) -> None:
    """Raises DataError unless names, shapes and dtypes are those of the network."""
    if missing := [name for name in wanted if name not in found]:
        more = [name for name in found if name not in wanted]
        beside = f" It holds {_names(more)}, which the network does not have." if more else ""
        raise DataError(f"The file lacks {_names(missing)}.{beside}")
    if more := [name for name in found if name not in wanted]:
        raise DataError(f"The file holds {_names(more)}, which the network does not have.")
    for name, (shape, dtype) in wanted.items():
        if found[name][0] != shape:
            raise DataError(f"{name} has the shape {str(found[name][0])[:60]} in the file, and {shape} in the network.")
        if found[name][1] != dtype:
            raise DataError(f"{name} is {found[name][1]} in the file, and {dtype} in the network.")


def _names(names: list[str]) -> str:
    shown = [_plain(name) for name in names[:3]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _plain(name: str) -> str:
    """A name from a file, with nothing in it but what names of tensors and functions are made of."""
    return re.sub(r"[^\w.]", "?", name[:60])


def _first(found: Wanted) -> tuple[str, Wanted]:
    """The prefix of the first network in a file that holds several, else nothing; and what that network has."""
    prefixes = [match[1] for name in found if (match := SEVERAL.match(name))]
    if not found or len(prefixes) < len(found):
        return "", found
    prefix = prefixes[0]
    return prefix, {name.removeprefix(prefix): what for name, what in found.items() if name.startswith(prefix)}


def _finite(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    for name, values in state.items():
        if not np.isfinite(values).all():
            raise DataError(f"{name} holds numbers that are not finite.")
    return state


# Safetensors: eight bytes with the length of the heading, the heading (JSON), the numbers.


def _safetensors(data: bytes, wanted: Wanted) -> dict[str, np.ndarray]:
    length = int.from_bytes(data[:8], "little")
    if length > min(MAX_HEADING, len(data) - 8):
        raise DataError("The safetensors file is damaged: its heading is longer than it can be.")
    try:
        heading: dict[str, Any] = json.loads(data[8 : 8 + length])
        heading.pop("__metadata__", None)
        listed = {
            str(name): (tuple(int(n) for n in entry["shape"]), DTYPES.get(entry["dtype"], _plain(str(entry["dtype"]))))
            for name, entry in heading.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DataError("The safetensors file is damaged: its heading cannot be read.") from None
    prefix, found = _first(listed)
    check_state(found, wanted)
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        state = load(data)
    except (SafetensorError, ValueError, TypeError, KeyError):
        raise DataError("The safetensors file is damaged: heading and numbers do not fit together.") from None
    return _finite({name: state[prefix + name] for name in wanted})


# torch.save: a zip archive of a pickle, which says how the tensors are put together, and of their numbers.


def _torch_file(data: bytes, wanted: Wanted) -> dict[str, np.ndarray]:
    archive = _copied(data)
    prefix, found = _first({name: (shape, dtype) for name, (shape, dtype, _) in _loaded(archive, "meta").items()})
    check_state(found, wanted)
    loaded = _loaded(archive, "cpu")
    return _finite({name: loaded[prefix + name][2].numpy().copy() for name in wanted})


def _copied(data: bytes) -> bytes:
    """The archive written anew, so that PyTorch is given the very parts that were looked at here, however it reads archives.
    Raises DataError unless it is one of torch.save whose pickle names nothing but what a state dict needs."""
    copy = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(copy, "w") as new:
            parts = archive.infolist()
            packed = any(part.compress_type != zipfile.ZIP_STORED for part in parts)
            if packed or sum(part.file_size for part in parts) > len(data):
                raise DataError("The archive is compressed. torch.save does not compress; save the state dict with it.")
            pickles = [part for part in parts if part.filename.endswith("data.pkl")]
            twice = len({part.filename for part in parts}) < len(parts)
            if twice or len(pickles) != 1 or pickles[0].file_size > MAX_HEADING:
                raise DataError("The archive holds no state dict as torch.save writes it.")
            called = foreign_names(archive.read(pickles[0]))
            for part in parts:
                new.writestr(part.filename, archive.read(part))
    except DataError:
        raise
    except Exception:  # zipfile raises a dozen kinds of errors for damaged archives
        raise DataError("The archive is damaged.") from None
    if called:
        raise DataError(_would_call(called))
    return copy.getvalue()


def _loaded(data: bytes, device: str) -> dict[str, tuple[tuple[int, ...], str, Any]]:
    """Name -> shape, dtype and tensor of what PyTorch reads. On the device "meta" it reads no numbers."""
    import torch

    try:
        tree = torch.load(io.BytesIO(data), map_location=device, weights_only=True)
    except Exception:  # a damaged file makes PyTorch raise whatever its reader comes upon
        raise DataError("PyTorch cannot read the file with weights_only=True.") from None
    flat: dict[str, Any] = {}
    for name, value in tree.items() if isinstance(tree, dict) else ():
        flat |= {f"{name}.{n}": v for n, v in value.items()} if isinstance(value, dict) else {str(name): value}
    if not flat or not all(type(v) in (torch.Tensor, torch.nn.Parameter) for v in flat.values()):
        raise DataError("The file holds no state dict, which is a dictionary of names and tensors and nothing else.")
    return {n: (tuple(v.shape), str(v.dtype).removeprefix("torch."), v.detach()) for n, v in flat.items()}


def foreign_names(pickled: bytes) -> list[str]:
    """What a pickle would look up and could call, beside what a state dict needs. The pickle is listed, not run. Raises
    DataError where it cannot even be listed."""
    found, texts = [], list[str]()
    try:
        for operation, value, _ in pickletools.genops(pickled):
            if isinstance(value, str):
                texts.append(value)
            if operation.name in ("GLOBAL", "INST"):
                found.append(str(value))
            elif operation.name == "STACK_GLOBAL":
                found.append(" ".join(texts[-2:]))
            elif operation.name in ("EXT1", "EXT2", "EXT4"):
                found.append(f"extension {value}")
    except Exception:  # whatever pickletools raises for bytes that are no pickle
        raise DataError("The file is damaged: its pickle cannot be read.") from None
    return [name.replace(" ", ".", 1) for name in found if name not in PLAIN and not STORAGE.fullmatch(name)]


def _would_call(names: list[str]) -> str:
    return (
        f"Unpickling this file would look up {_plain(names[0])} and could call it. A state dict needs nothing of the kind, so "
        "the file was not opened."
    )
