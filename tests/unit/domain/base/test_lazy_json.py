"""A large object kept as strings: the members that json finds, checked, and within limits."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.domain.base.chunked_json import MAX_DIGITS, TooDeep, TooLong, TooMany
from runcomfy_desktop.domain.base.lazy_json import (
    LazyJsonObject,
    lazy_object_from_chunks,
    read_lazy_object,
)

BOUNDS = {"max_depth": 20, "max_values": 500_000}
# The last two are larger than any window; one of them has brackets and quotes in its strings.
OBJECTS: list[dict[str, object]] = [
    {},
    {"a": 1, "b": [1, {"c": None}], "": "", "ü\t\n": "😀 \ud83d"},
    {"seed": {"max": 2**64 - 1, "far": float("inf")}, "text": ']}\\"{['},
    {
        f"Class{n}": {"about": f"{n} \u4e2d ]}}" * 40, "input": {"x": ["INT", {}]}}
        for n in range(900)
    },
    {"small": 1, "large": {"choices": [f'{n} "quoted\\" {{[' for n in range(20_000)]}, "end": "x"},
    {"text": "y" * 600_000, "n": 12345},
]


@pytest.mark.parametrize("value", OBJECTS)
@pytest.mark.parametrize("indent", [None, 1])
def test_the_same_members_as_json_finds(value: dict[str, object], indent: int | None) -> None:
    for text in (json.dumps(value, indent=indent), f"  {json.dumps(value)}\n"):
        found = read_lazy_object(text.encode(), **BOUNDS)
        assert found is not None
        assert dict(found) == value
        assert [*found] == [*value]
        assert len(found) == len(value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_every_encoding_that_json_may_have(encoding: str) -> None:
    text = json.dumps(OBJECTS[3], ensure_ascii=False)
    found = read_lazy_object(bytearray(text.encode(encoding)), **BOUNDS)
    assert found is not None
    assert dict(found) == OBJECTS[3]


@pytest.mark.parametrize("text", ["[]", "1", '"a"', "", "  ", "null"])
def test_what_is_no_object(text: str) -> None:
    assert read_lazy_object(text.encode(), **BOUNDS) is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a"}',
        f'{{"{"a" * 600_000}": 1}}',
        "{" * 600_000,
        '{"a":}',
        '{"a":1,}',
        '{"a":1}}',
        '{"a":1} {}',
        "{1:2}",
        '{"a":1 "b":2}',
        '{"a":' + "[" * 300_000,
        '{"a":"' + "x" * 300_000,
        '{"a":[' + "1," * 200_000 + "]}",
        '{"a":{"b":tru}}',
    ],
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is json's
        read_lazy_object(text.encode(), **BOUNDS)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the decoder's
        read_lazy_object(b'{"a": "\xff\xfe\xfa"}', **BOUNDS)


@pytest.mark.parametrize("padding", ["", "x" * 300_000])
def test_more_levels_or_values_than_are_allowed(padding: str) -> None:
    deep = json.loads("[" * 30 + "]" * 30)
    with pytest.raises(TooDeep):
        read_lazy_object(json.dumps({"a": [padding, deep]}).encode(), **BOUNDS)
    with pytest.raises(TooMany):
        read_lazy_object(
            json.dumps({"a": [padding, *range(100)]}).encode(), max_depth=20, max_values=50
        )


def test_a_name_that_comes_twice_counts_as_json_counts_it() -> None:
    found = read_lazy_object(b'{"a": 1, "a": 2}', **BOUNDS)
    assert found is not None
    assert dict(found) == {"a": 2}


def test_equal_objects_make_equal_files_however_they_were_spelled() -> None:
    one = read_lazy_object(b'{"b": {"x" : 1.50}, "a":[ ]}', **BOUNDS)
    other = read_lazy_object(b'{"a":[],"b":{"x":1.5}}', **BOUNDS)
    assert one is not None
    assert other is not None
    assert b"".join(one.chunks()) == b"".join(other.chunks())


@pytest.mark.parametrize("value", OBJECTS)
@pytest.mark.parametrize("size", [7, 100_000])
def test_a_file_gives_back_what_was_put_in(value: dict[str, object], size: int) -> None:
    text = json.dumps(value) if size > 10 else json.dumps({**value, "large": 1, "text": 2})
    found = read_lazy_object(text.encode(), **BOUNDS)
    assert found is not None
    data = b"".join(found.chunks())
    if size < 10 and len(data) > 100_000:
        data = data[: data.index(b"\n") + 1]
    cut = [data[start : start + size] for start in range(0, len(data), size)]
    back = lazy_object_from_chunks(cut)
    assert all(back[name] == found[name] for name in back)


@pytest.mark.parametrize(
    "data",
    [b"x", b'"a"\t1', b'"a" 1\n', b"1\t1\n", b'"a\t1\n', b"\xff\t1\n", b"[" * 90_000 + b"\t1\n"],
)
def test_a_file_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several
        lazy_object_from_chunks([data])


def test_a_member_that_somebody_else_wrote_is_nothing() -> None:
    odd = LazyJsonObject({"a": "{", "deep": "[" * 100_000, "b": "1"})
    odd.read_ahead(["a", "not there"])
    assert [odd["a"], odd["deep"], odd["b"]] == [None, None, 1]
    assert "a" in odd
    assert "c" not in odd
    with pytest.raises(KeyError):
        odd["c"]


@pytest.mark.parametrize("long", [5_000, 600_000])
def test_a_number_that_python_does_not_read_is_named(long: int) -> None:
    assert read_lazy_object(b'{"a": %s}' % (b"9" * MAX_DIGITS), **BOUNDS) is not None
    with pytest.raises(TooLong):
        read_lazy_object(b'{"a": 1, "b": {"c": [%s]}, "d": 2}' % (b"9" * long), **BOUNDS)
