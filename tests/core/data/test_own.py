"""A person's CSV: what is read is what was written, and each fault gets its sentence with line and column."""

import re
import time
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.checks import DataError
from core.data.own import from_csv, read_csv, read_numbers

HEADER = "width,height,kind\n"
ROWS = [f"{i}.5,{-i}e-1,{'ab'[i % 2]}\n" for i in range(20)]


def csv(*, header: str = HEADER, rows: list[str] | None = None, errors: str = "strict", **changed: str) -> bytes:
    """A good file, with single lines replaced: csv(line5="1,2,b") puts that on line 5."""
    lines = [header, *(ROWS if rows is None else rows)]
    for name, text in changed.items():
        lines[int(name.removeprefix("line")) - 1] = text + "\n"
    return "".join(lines).encode(errors=errors)


def test_reads_what_was_written() -> None:
    x, y, classes, columns = read_csv(csv())
    assert x.shape == (20, 2) and x.dtype == np.float32 and y.dtype == np.int64
    np.testing.assert_allclose(x, [[i + 0.5, -i / 10] for i in range(20)], rtol=1e-6)
    assert y.tolist() == [0, 1] * 10 and classes == ("a", "b") and columns == ("width", "height", "kind")


FINITE = st.floats(-(2.0**39), 2.0**39, width=32).filter(lambda value: value == 0 or abs(value) > 1e-30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FINITE, FINITE), min_size=20, max_size=60), st.integers(2, 4))
def test_any_numbers_come_back_exactly(values: list[tuple[float, float]], classes: int) -> None:
    rows = [f"{a!r},{b!r},c{i % classes}\n" for i, (a, b) in enumerate(values)]
    x, y, _, _ = read_csv(csv(rows=rows))
    assert np.array_equal(x, np.array(values, dtype=np.float32))
    assert y.tolist() == [i % classes for i in range(len(values))]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='1,.-"\n\r;\0é ab=', max_size=300).map(str.encode)))
def test_nothing_but_a_data_error_comes_of_any_bytes(content: bytes) -> None:
    for whole in (content, csv()[:100] + content + csv()[100:]):
        try:
            read_csv(whole)
        except DataError as error:
            assert str(error)[0].isupper()
            assert len(str(error)) < 250 and str(error).endswith(".")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + csv(),
        csv().replace(b"\n", b"\r\n"),
        csv().replace(b"\n", b"\r"),
        csv().rstrip(),
        csv() + b"\n\n  \n",
        csv().replace(b",", b" , "),
        csv(header='"width","height","kind"\n', line2='"0.5","-0e-1","a"'),
    ],
    ids=["bom", "crlf", "cr", "no last line end", "blank lines", "blanks round cells", "quotes"],
)
def test_usual_ways_of_writing_are_the_same(content: bytes) -> None:
    got, expected = read_csv(content), read_csv(csv())
    assert np.array_equal(got.x, expected.x) and np.array_equal(got.y, expected.y)
    assert got.classes == expected.classes and got.columns == expected.columns


def test_number_labels_are_ordered_by_value() -> None:
    names = ["10", "-1", "9", "+2"]
    assert read_csv(csv(rows=[f"{i},{i},{names[i % 4]}\n" for i in range(20)])).classes == ("-1", "+2", "9", "10")


def test_limits_are_inclusive() -> None:
    assert len(read_csv(csv(rows=[f"{i},{i},{i % 10}\n" for i in range(5000)])).y) == 5000
    assert len(read_csv(csv(rows=[f"{i},{i},{i % 4}\n" for i in range(20)])).classes) == 4


KIND = '"kind"'
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "The file is empty."),
    "blank": (b" \n\n", "The file is empty."),
    "only a bom": (b"\xef\xbb\xbf\n", "The file is empty."),
    "utf-16": (csv().decode().encode("utf-16"), "The file is UTF-16 text; save it as CSV in UTF-8."),
    "utf-16 without mark": (csv().decode().encode("utf-16-le"), "Line 1: the file holds zero bytes, so it is not"),
    "spreadsheet": (b"PK\x03\x04" + bytes(range(256)), "The file is a spreadsheet or a zip archive, not text"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "Line 1: the file is not UTF-8 text; save it as CSV"),
    "latin-1": (csv(line7="1,2,é").decode().encode("latin-1"), "Line 7: the file is not UTF-8 text"),
    "latin-1 after cr": (csv(line7="1,2,é").decode().encode("latin-1").replace(b"\n", b"\r"), "Line 7: the file is"),
    "zero byte": (csv(line4="1,2,\0"), "Line 4: the file holds zero bytes"),
    "semicolons": (csv().replace(b",", b";"), "Line 1: the columns must be separated by commas, not by semicolons"),
    "tabs": (csv().replace(b",", b"\t"), "Line 1: the columns must be separated by commas, not by semicolons or tabs"),
    "one column": (b"a\n1\n2\n", "Line 1: it has 1 column; exactly 3 are needed (number, number, label)."),
    "two columns": (csv(header="width,kind\n"), "Line 1: it has 2 columns; exactly 3 are needed"),
    "four columns": (csv(header="a,b,c,d\n"), "Line 1: it has 4 columns; exactly 3 are needed"),
    "two cells": (csv(line9="1,2"), "Line 9: it has 2 columns; exactly 3 are needed"),
    "four cells": (csv(line9="1,2,a,"), "Line 9: it has 4 columns; exactly 3 are needed"),
    "decimal commas": (csv(line9="1,5,2,5,a"), "Line 9: it has 5 columns; exactly 3 are needed"),
    "no header": (csv(header="1,2,a\n"), "Line 1: it must hold the column names, and it holds numbers"),
    "empty name": (csv(header="a,,b\n"), "Line 1, column 2: the name is empty; line 1 must name every column"),
    "same names": (csv(header="a,b,a\n"), "Line 1: two columns have the same name; the names must differ."),
    "long name": (csv(header=f"{'n' * 41},b,c\n"), "Line 1, column 1: a name is at most 40 printable characters."),
    "text": (csv(line5="1,tall,a"), 'Line 5, column 2 ("height"): "tall" is not a number such as 1.5 or -2e3.'),
    "thousands": (csv(line5='"1,000",2,a'), 'Line 5, column 1 ("width"): "1,000" is not a number'),
    "underscore": (csv(line5="1_000,2,a"), 'Line 5, column 1 ("width"): "1_000" is not a number'),
    "other digits": (csv(line5="١,2,a"), 'Line 5, column 1 ("width"): "١" is not a number'),
    "empty number": (csv(line5=" ,2,a"), 'Line 5, column 1 ("width"): the cell is empty; it must hold a number.'),
    "nan": (csv(line6="NaN,2,a"), 'Line 6, column 1 ("width"): "NaN" is not a finite number; fill it in or'),
    "inf": (csv(line6="1,-inf,a"), 'Line 6, column 2 ("height"): "-inf" is not a finite number'),
    "infinity": (csv(line6="1,Infinity,a"), 'Line 6, column 2 ("height"): "Infinity" is not a finite number'),
    "not available": (csv(line6="#N/A,1,a"), 'Line 6, column 1 ("width"): "#N/A" is not a finite number'),
    "too large": (csv(line6="1e999,2,a"), 'Line 6, column 1 ("width"): "1e999" is too large; numbers go from -1e+12'),
    "just too large": (csv(line6="1,-1.1e12,a"), 'Line 6, column 2 ("height"): "-1.1e12" is too large'),
    "formula": (csv(line8="=1+1,2,a"), 'Line 8, column 1 ("width"): "=1+1" looks like a formula; save the values'),
    "plus formula": (csv(line8="1,+A1,a"), 'Line 8, column 2 ("height"): "+A1" looks like a formula'),
    "label formula": (csv(line8='1,2,"=HYPERLINK(""x"")"'), f'Line 8, column 3 ({KIND}): "=HYPERLINK("x")" looks'),
    "at formula": (csv(line8="1,2,@SUM(A1)"), f'Line 8, column 3 ({KIND}): "@SUM(A1)" looks like a formula'),
    "empty label": (csv(line8="1,2,"), f"Line 8, column 3 ({KIND}): the cell is empty; it must hold the label."),
    "long label": (csv(line8=f"1,2,{'a' * 41}"), f"Line 8, column 3 ({KIND}): a label is at most 40 printable"),
    "control label": (csv(line8="1,2,a\x07b"), f"Line 8, column 3 ({KIND}): a label is at most 40 printable"),
    "after blank lines": (csv(line3="\n\n").replace(b"3.5,", b"x,"), 'Line 7, column 1 ("width"): "x" is not'),
    "after a long cell": (csv(line3='1,"2\n",a', line5="x,1,a"), 'Line 6, column 1 ("width"): "x" is not a number'),
    "open quote": (csv(line5='1,2,"a'), "Line 5: the quotes or the length of a cell make it unreadable"),
    "after a quote": (csv(line5='1,2,"a"b'), "Line 5: the quotes or the length of a cell make it unreadable"),
    "vast cell": (csv(line5="1" * 200_000 + ",2,a"), "Line 5: the quotes or the length of a cell make it unreadable"),
    "header only": (HEADER.encode(), "The file has 0 rows below the header; at least 20 are needed."),
    "few rows": (csv(rows=ROWS[:19]), "The file has 19 rows below the header; at least 20 are needed."),
    "many rows": (csv(rows=ROWS * 251), "Line 5002: the file has more than 5000 rows; keep at most 5000."),
    "one class": (
        csv(rows=[f"{i},1,a\n" for i in range(20)]),
        'Column 3 ("kind") holds one class only; at least 2 are needed.',
    ),
    "eleven classes": (
        csv(rows=[f"{i},1,c{i % 11}\n" for i in range(99)]),
        f'Line 12, column 3 ({KIND}): "c10" is class number 11; at most 10 classes are possible.',
    ),
    "rare class": (
        csv(line3="1,2,c"),
        'Class "c" has 1 row; at least 5 are needed, so that training, validation and test each get some.',
    ),
    "four of a class": (csv(rows=ROWS + ["1,2,c\n"] * 4), 'Class "c" has 4 rows; at least 5 are needed'),
}


# As large as a file may be, or nearly: (content, how its sentence begins).
LARGE: dict[str, tuple[bytes, str]] = {
    "a million columns": (b"a," * 999_999 + b"a", "Line 1: it has 1000000 columns; exactly 3 are needed"),
    "a million columns below": (HEADER.encode() + b"," * 999_999, "Line 2: it has 1000000 columns; exactly 3"),
    "one line": (b"a" * 2_000_000, "Line 1: the quotes or the length of a cell make it unreadable"),
    "a million quotes": (b'"' * 1_000_000, "Line 1: the quotes or the length of a cell"),
    "quotes, one open": (b'"' * 1_000_001, "Line 1: the quotes or the length of a cell"),
    "an open cell of lines": (csv(line5='1,2,"' + "\n" * 1_900_000), "Line 5: the quotes or the length of a cell"),
    "blank lines": (b"\n" * 1_900_000 + csv(), "Line 20001: the file has too many lines that are blank"),
    "blank lines below": (csv() + b"\r" * 1_900_000 + b"x", "Line 20001: the file has too many lines that are blank"),
    "blanks": (HEADER.encode() + b" " * 1_900_000 + b"x", "Line 2: it has 1 column; exactly 3 are needed"),
    "zero bytes": (b"\0" * 2_000_000, "Line 1: the file holds zero bytes"),
    "digits and a letter": (
        csv(line5="1" * 131_000 + "x,2,a"),
        'Line 5, column 1 ("width"): "1111111111111111111…" is',
    ),
    "digits": (csv(line5="1" * 131_000 + ",2,a"), 'Line 5, column 1 ("width"): "1111111111111111111…" is too large'),
    "exponent": (csv(line5="1e" + "9" * 130_000 + ",2,a"), 'Line 5, column 1 ("width"): "1e99999999999999999…" is too'),
    "many labels": (
        csv(rows=[f"1,2,{i}\n" for i in range(150_000)]),
        'Line 12, column 3 ("kind"): "10" is class number',
    ),
}

# Bytes that are text in some encoding, or nearly.
ODD: dict[str, tuple[bytes, str]] = {
    "utf-32": (csv().decode().encode("utf-32"), "The file is UTF-32 text; save it as CSV in UTF-8."),
    "utf-16 be": (
        b"\xfe\xff" + csv().decode().encode("utf-16-be"),
        "The file is UTF-16 text; save it as CSV in UTF-8.",
    ),
    "utf-7": (csv(line5="1,2,é").decode().encode("utf-7"), 'Line 5, column 3 ("kind"): "+AOk" looks like a formula'),
    "ebcdic": (csv().decode().encode("cp037"), "Line 1: the file is not UTF-8 text"),
    "shift-jis": (csv(line5="1,2,漢").decode().encode("shift-jis"), "Line 5: the file is not UTF-8 text"),
    "lone surrogate": (csv(line5="1,2,\ud800", errors="surrogatepass"), "Line 5: the file is not UTF-8 text"),
    "overlong": (csv().replace(b"a\n", b"\xc1\xa1\n", 1), "Line 2: the file is not UTF-8 text"),
    "cut in a letter": (csv(line21="1,2,é")[:-2], "Line 21: the file is not UTF-8 text"),
    "two marks": (b"\xef\xbb\xbf" * 2 + csv(), "Line 1, column 1: a name is at most 40 printable characters."),
    "mark inside": (csv(line5="\ufeff1,2,a"), 'Line 5, column 1 ("width"): "?1" is not a number'),
    "right to left": (csv(line5="1,2,\u202eabc"), 'Line 5, column 3 ("kind"): a label is at most 40 printable'),
    "wide digits": (csv(line5="１,2,a"), 'Line 5, column 1 ("width"): "１" is not a number'),
}


@pytest.mark.parametrize("case", [*LARGE, *ODD])
def test_what_is_made_to_hurt_is_refused_in_a_sentence_at_once(case: str) -> None:
    content, sentence = (LARGE | ODD)[case]
    assert len(content) <= 2_000_000
    start = time.process_time()
    with pytest.raises(DataError) as caught:
        read_csv(content)
    assert time.process_time() - start < 1
    assert str(caught.value).startswith(sentence) and str(caught.value).endswith(".")
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_csv(content)
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("case", BAD)
def test_each_fault_has_its_sentence(case: str) -> None:
    content, sentence = BAD[case]
    with pytest.raises(DataError) as caught:
        read_csv(content)
    assert str(caught.value).startswith(sentence)
    with pytest.raises(DataError, match=re.escape(str(caught.value))):
        from_csv(content, 0)


def test_size_is_refused_at_once() -> None:
    content = b"\xff" * 50_000_000  # would fail to decode: the size is looked at first
    start = time.perf_counter()
    with pytest.raises(DataError, match=r"^The file has 50\.0 MB; at most 2 MB are read\.$"):
        read_csv(content)
    assert time.perf_counter() - start < 0.05


def test_a_message_quotes_no_more_than_forty_characters() -> None:
    secret = "ßecret" * 6
    for content in (
        csv(header=f"{secret},height,{secret[1:]}\n", line4=f"{secret * 9},2,a"),
        csv(header=f"{secret},height,{secret[1:]}\n", line4=f"={secret * 9},2,a"),
        csv(header=f"{secret},height,{secret[1:]}\n", line4=f"1,2,={secret}"),
        csv(line4=f"1,2,{secret}"),
    ):
        with pytest.raises(DataError) as caught:
            read_csv(content)
        assert sum(map(len, re.findall(r'"(.*?)"', str(caught.value)))) <= 40


def test_unprintable_characters_are_not_repeated() -> None:
    with pytest.raises(DataError, match=r'"1\?\[31m"'):
        read_csv(csv(line4="1\x1b[31m,2,a"))


def test_features_are_standardised_by_the_training_rows() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal([1.7e9, -3e-6], [40.0, 1e-6], (300, 2))  # time stamps: float32 alone would hold no difference
    rows = [f"{a!r},{b!r},{'xyz'[i % 3]}\n" for i, (a, b) in enumerate(values.tolist())]
    dataset = from_csv(csv(rows=rows), 5)
    assert dataset.name == "own" and dataset.kind == "points" and dataset.classes == ("x", "y", "z")
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [180, 60, 60]
    torch.testing.assert_close(dataset.train.x.mean(dim=0), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(dataset.train.x.std(dim=0, correction=0), torch.ones(2), atol=1e-5, rtol=0)
    assert dataset.test.x.mean(dim=0).abs().max() > 1e-3  # not standardised by themselves
    every = torch.cat([dataset.train.x, dataset.validation.x, dataset.test.x])
    assert len(every[:, 0].unique()) == 300


def test_own_seed_decides_the_split() -> None:
    assert torch.equal(from_csv(csv(), 1).test.x, from_csv(csv(), 1).test.x)
    assert not torch.equal(from_csv(csv(), 1).test.x, from_csv(csv(), 2).test.x)
    with pytest.raises(DataError, match=r"^seed must be a whole number from 0"):
        from_csv(csv(), -1)


@pytest.mark.parametrize("odd", ["7", "7.0000000001", "0", "1e-300"])
def test_a_column_must_vary(odd: str) -> None:
    same = "7" if odd.startswith("7") else "0"
    rows = [f"{i},{odd if i == 3 else same},{i % 2}\n" for i in range(40)]
    with pytest.raises(DataError, match=r'^Column 2 \("height"\) has nearly the same value in every training row'):
        from_csv(csv(rows=rows), 0)


def test_a_file_of_numbers_alone() -> None:
    rows = [f"{i},{i * i},{-i}" for i in range(25)]
    x, y, names = read_numbers("\n".join(["a,b,target", *rows]).encode())
    assert x.shape == (25, 2) and names == ("a", "b", "target")
    assert x[4].tolist() == [4, 16] and y[4] == -4


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["a", *["1"] * 25], "2 to 11 are needed"),
        (["a,b", *["1,2"] * 10], "at least 20"),
        (["a,b", *[f"{i},{i}" for i in range(500)]], "keep at most 442"),
        (["a,b", *[f"{i},{i}" for i in range(25)], "1,x"], "Line 27"),
        (["a,b", *[f"{i},{i}" for i in range(25)], "1,2,3"], "3 columns, and the header has 2"),
        (["a,b", *[f"{i},7" for i in range(25)]], "must vary"),
        (["a,b,c", *[f"{i},{3 * i + 1},{i * i}" for i in range(25)]], "leave one out"),
        (["1,2", *[f"{i},{i}" for i in range(25)]], "add a header line"),
    ],
)
def test_what_is_no_file_of_numbers_is_refused_in_a_sentence(lines: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_numbers("\n".join(lines).encode())
