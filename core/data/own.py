"""A person's own data: a CSV file of two number columns and a label column, or of numbers alone.

Nothing in the file is trusted: its size is checked before it is decoded, every cell before it is used, and each
refusal is a sentence with the line as a text editor counts it (the header is line 1). What is quoted from the file
is cut short, so that a message can hold no more than 40 of its characters.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.data.checks import MAX_SEED, DataError, check_whole, split_indices

if TYPE_CHECKING:
    from core.data.dataset import Dataset

MAX_BYTES = 2_000_000
MIN_ROWS, MAX_ROWS = 20, 5000
MAX_LINES = 20_000  # blank ones too: a file of nothing else would keep the server busy
MAX_INPUTS, MAX_NUMBERS = 10, 442  # input columns and rows of a file of numbers alone
MIN_CLASSES, MAX_CLASSES = 2, 10
MIN_CLASS_ROWS = 5  # a fifth goes to validation and a fifth to test: with fewer, a class would miss one of them
MAX_NAME = 40  # characters of a column name or a label
MAX_VALUE = 1e12  # far inside float32, whatever is done with it later
MIN_SPREAD = 1e-9  # standard deviation over largest value; below this, subtracting the mean leaves rounding only

# Only what a spreadsheet writes: float() would also take "1_000", "infinity" and other scripts' digits.
# One way only to match a run of digits: with two, a cell of 100,000 digits and an x would be gone through for minutes.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|n/a|na|null|#n/a)", re.IGNORECASE)


class Table(NamedTuple):
    """x (n, 2) numbers, y (n,) int64 class numbers, the class names that y counts through, the three column names."""

    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    columns: tuple[str, str, str]


def read_csv(data: bytes) -> Table:
    """The file as x (n, 2) float32, y (n,) int64, class names and the three column names.

    The file: UTF-8, at most 2 MB, a header line, exactly three comma-separated columns (number, number, label),
    20 to 5000 rows, 2 to 10 classes of at least 5 rows each. Raises DataError with line and column otherwise.
    """
    table = _read(data)
    return table._replace(x=table.x.astype(np.float32))


def read_numbers(data: bytes) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """A file of numbers alone: inputs (n, d), targets (n,) from the last column, and the d + 1 names; 20 to 442 rows, d 1 to 10.

    Raises DataError with line and column for what is no such file, and for a column that hardly varies.
    """
    records = _records(_decoded(data))
    line, cells = next(records, (1, []))
    if not 2 <= len(cells) <= MAX_INPUTS + 1:
        raise DataError(
            f"Line {line}: it has {len(cells)} columns; 2 to {MAX_INPUTS + 1} are needed, separated by commas, the target last."
        )
    names = _names(line, cells)
    rows: list[list[float]] = []
    for line, cells in records:
        if len(rows) == MAX_NUMBERS:
            raise DataError(f"Line {line}: the file has more than {MAX_NUMBERS} rows; keep at most {MAX_NUMBERS}.")
        if len(cells) != len(names):
            raise DataError(f"Line {line}: it has {len(cells)} columns, and the header has {len(names)}.")
        rows.append([_number(line, i, name, cell) for i, (name, cell) in enumerate(zip(names, cells, strict=True))])
    if len(rows) < MIN_ROWS:
        raise DataError(f"The file has {len(rows)} rows below the header; at least {MIN_ROWS} are needed.")
    table = np.array(rows)
    flat = np.flatnonzero(table.std(0) <= MIN_SPREAD * np.abs(table).max(0))
    if len(flat):
        raise DataError(
            f"Column {_named(flat[0], names[flat[0]])} has nearly the same value in every row; it must vary."
        )
    x = table[:, :-1]
    if np.linalg.matrix_rank(np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(len(x))])) <= x.shape[1]:
        raise DataError(
            "One input is a sum of multiples of the others, so the weights are not determined; leave one out."
        )
    return x, table[:, -1], names


def from_csv(data: bytes, seed: int) -> Dataset:
    """The file split 60/20/20 with `seed`, both features standardised by the training rows' mean and deviation.

    Raises DataError as `read_csv` does, and for a column that hardly varies.
    """
    from core.data.dataset import from_arrays  # here, because a page that reads a file needs no torch

    check_whole("seed", seed, 0, MAX_SEED)
    table = _read(data)
    train_rows, _, _ = split_indices(table.y, int(seed))  # test rows must not shape what the model is given
    mean, deviation = table.x[train_rows].mean(axis=0), table.x[train_rows].std(axis=0)  # (2,), (2,)
    for column, name in enumerate(table.columns[:2]):
        if deviation[column] <= MIN_SPREAD * np.abs(table.x[:, column]).max():
            raise DataError(
                f"Column {_named(column, name)} has nearly the same value in every training row; it must vary."
            )
    return from_arrays("own", "points", table.classes, (table.x - mean) / deviation, table.y, seed=int(seed))


def _read(data: bytes) -> Table:
    """The file in float64, all checks made: timestamps and the like keep their differences until standardised."""
    records = _records(_decoded(data))
    columns = _header(next(records, None))
    x: list[tuple[float, float]] = []
    labels: list[str] = []
    known: set[str] = set()
    for line, cells in records:
        if len(x) == MAX_ROWS:
            raise DataError(f"Line {line}: the file has more than {MAX_ROWS} rows; keep at most {MAX_ROWS}.")
        _check_width(line, cells)
        x.append((_number(line, 0, columns[0], cells[0]), _number(line, 1, columns[1], cells[1])))
        labels.append(_label(line, columns[2], cells[2]))
        known.add(labels[-1])
        if len(known) > MAX_CLASSES:
            raise DataError(
                f"Line {line}, column {_named(2, columns[2])}: {_quoted(labels[-1])} is class number {len(known)}; "
                f"at most {MAX_CLASSES} classes are possible."
            )
    if len(x) < MIN_ROWS:
        raise DataError(f"The file has {len(x)} rows below the header; at least {MIN_ROWS} are needed.")
    classes = _classes(labels, columns[2])
    y = np.array([classes.index(label) for label in labels], dtype=np.int64)
    return Table(np.array(x, dtype=np.float64), y, classes, columns)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise DataError(f"The file has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    if not data.strip():
        raise DataError("The file is empty.")
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise DataError("The file is UTF-32 text; save it as CSV in UTF-8.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("The file is UTF-16 text; save it as CSV in UTF-8.")
    if data.startswith(b"PK\x03\x04"):
        raise DataError("The file is a spreadsheet or a zip archive, not text; save the sheet as CSV in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Only the bytes before the fault are sure to be text, and these hold its line.
        line = _line_at(error.object[: error.start].decode("utf-8", "replace"))
        raise DataError(f"Line {line}: the file is not UTF-8 text; save it as CSV in UTF-8.") from None
    if "\0" in text:
        line = _line_at(text[: text.index("\0")])
        raise DataError(f"Line {line}: the file holds zero bytes, so it is not UTF-8 text; save it as CSV in UTF-8.")
    return text


def _line_at(before: str) -> int:
    """The line, from 1, that follows the text `before`; lines end in \\n, \\r\\n or \\r."""
    return len(re.findall(r"\r\n|\r|\n", before)) + 1


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line it starts on, cells without surrounding blanks) of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1  # a quoted cell may hold line ends, so a record may start well before it ends
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            raise DataError(
                f"Line {line}: the quotes or the length of a cell make it unreadable; "
                'a quoted cell must end in " and be followed by a comma.'
            ) from None
        if any(cells) or len(cells) > 1:
            yield line, cells
        elif line > MAX_LINES:
            raise DataError(f"Line {line}: the file has too many lines that are blank; take them out.")


def _header(record: tuple[int, list[str]] | None) -> tuple[str, str, str]:
    if record is None:
        raise DataError("The file is empty.")
    line, cells = record
    if len(cells) == 1 and re.search(r"[;\t]", cells[0]):
        raise DataError(f"Line {line}: the columns must be separated by commas, not by semicolons or tabs.")
    _check_width(line, cells)
    first, second, third = _names(line, cells)
    return first, second, third


def _names(line: int, cells: list[str]) -> tuple[str, ...]:
    for column, name in enumerate(cells):
        if not name:
            raise DataError(f"Line {line}, column {column + 1}: the name is empty; line 1 must name every column.")
        if len(name) > MAX_NAME or not name.isprintable():
            raise DataError(f"Line {line}, column {column + 1}: a name is at most {MAX_NAME} printable characters.")
    if NUMBER.fullmatch(cells[0]) and NUMBER.fullmatch(cells[1]):
        raise DataError(f"Line {line}: it must hold the column names, and it holds numbers; add a header line.")
    if len(set(cells)) < len(cells):
        raise DataError(f"Line {line}: two columns have the same name; the names must differ.")
    return tuple(cells)


def _check_width(line: int, cells: list[str]) -> None:
    if len(cells) != 3:
        noun = "column" if len(cells) == 1 else "columns"
        raise DataError(f"Line {line}: it has {len(cells)} {noun}; exactly 3 are needed (number, number, label).")


def _number(line: int, column: int, name: str, cell: str) -> float:
    where = f"Line {line}, column {_named(column, name)}"
    if not cell:
        raise DataError(f"{where}: the cell is empty; it must hold a number.")
    if NOT_FINITE.fullmatch(cell):
        raise DataError(f"{where}: {_quoted(cell)} is not a finite number; fill it in or leave the row out.")
    if cell[0] in "=@" or (cell[0] in "+-" and not NUMBER.fullmatch(cell)):
        raise DataError(f"{where}: {_quoted(cell)} looks like a formula; save the values, not the formulas.")
    if not NUMBER.fullmatch(cell):
        raise DataError(f"{where}: {_quoted(cell)} is not a number such as 1.5 or -2e3.")
    value = float(cell)
    if abs(value) > MAX_VALUE:
        raise DataError(f"{where}: {_quoted(cell)} is too large; numbers go from -{MAX_VALUE:.0e} to {MAX_VALUE:.0e}.")
    return value


def _label(line: int, name: str, cell: str) -> str:
    where = f"Line {line}, column {_named(2, name)}"
    if not cell:
        raise DataError(f"{where}: the cell is empty; it must hold the label.")
    if len(cell) > MAX_NAME or not cell.isprintable():
        raise DataError(f"{where}: a label is at most {MAX_NAME} printable characters.")
    # Labels come back out in tables that people open in spreadsheets; -1 and +1 are usual labels and harmless.
    if cell[0] in "=+-@" and not NUMBER.fullmatch(cell):
        raise DataError(f"{where}: {_quoted(cell)} looks like a formula; save the values, not the formulas.")
    return cell


def _classes(labels: list[str], name: str) -> tuple[str, ...]:
    """The class names in order, by value when all are numbers (so 10 follows 9), else by alphabet."""
    known = sorted(set(labels))
    if len(known) < MIN_CLASSES:
        raise DataError(f"Column {_named(2, name)} holds one class only; at least {MIN_CLASSES} are needed.")
    for label in known:
        count = labels.count(label)
        if count < MIN_CLASS_ROWS:
            rows = "row" if count == 1 else "rows"
            raise DataError(
                f"Class {_quoted(label)} has {count} {rows}; at least {MIN_CLASS_ROWS} are needed, "
                "so that training, validation and test each get some."
            )
    return tuple(sorted(known, key=float) if all(NUMBER.fullmatch(label) for label in known) else known)


def _named(column: int, name: str) -> str:
    return f"{column + 1} ({_quoted(name)})"


def _quoted(content: str) -> str:
    """At most 20 characters of the file: a message quotes a column name and a cell, 40 together."""
    short = content if len(content) <= 20 else content[:19] + "…"
    return '"' + "".join(letter if letter.isprintable() else "?" for letter in short) + '"'
