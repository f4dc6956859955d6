"""Outputs: kinds by name and bytes, and safe file names."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.jobs.output import (
    Output,
    OutputKind,
    name_from_url,
    ordered_outputs,
    output_kind,
    safe_file_name,
    signature_matches,
)

K = OutputKind


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.png", b"", K.IMAGE),
        ("a.PNG", b"", K.IMAGE),
        ("a.b.jpeg", b"", K.IMAGE),
        ("a.gif", b"", K.ANIMATION),
        ("a.webp", b"", K.ANIMATION),
        ("a.mp4", b"", K.VIDEO),
        ("a.flac", b"", K.AUDIO),
        ("a.glb", b"", K.MODEL_3D),
        ("a.zip", b"", K.ARCHIVE),
        ("a.txt", b"", K.TEXT),
        ("a.latent", b"", K.OTHER),
        ("png", b"", K.OTHER),
        ("", b"", K.OTHER),
        ("a", b"\x89PNG\r\n", K.IMAGE),
        ("a.bin", b"\xff\xd8\xff\xe0", K.IMAGE),
        ("a", b"RIFF\x00\x00\x00\x00WEBP", K.ANIMATION),
        ("a", b"\x00\x00\x00\x18ftypmp42", K.VIDEO),
        ("a", b"\x1aE\xdf\xa3", K.VIDEO),
        ("a", b"glTF", K.MODEL_3D),
        ("a", b"PK\x03\x04", K.ARCHIVE),
    ],
)
def test_kinds(name: str, head: bytes, kind: OutputKind) -> None:
    assert output_kind(name, head) is kind


def test_pictures_and_animations_are_shown_as_pictures() -> None:
    assert {kind for kind in K if Output("9", "images", kind).is_picture} == {K.IMAGE, K.ANIMATION}


@pytest.mark.parametrize(
    ("name", "head", "fits"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", True),
        ("a.png", b"<html>", False),
        ("a.PNG", b"", False),
        ("a.jpg", b"\xff\xd8\xff", True),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", True),
        ("a.mp4", b"\x00\x00\x00\x18ftyp", True),
        ("a.mp4", b"\x00\x00", False),
        ("a.txt", b"<html>", True),
        ("a", b"", True),
    ],
)
def test_a_file_begins_as_its_name_promises(name: str, head: bytes, fits: bool) -> None:
    assert signature_matches(name, head) is fits


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.example/a/b.png", "b.png"),
        ("https://x.example/a/b%20c%C3%A9.png?sig=1#x", "b cé.png"),
        ("https://x.example/a/%2e%2e%2fb.png", "../b.png"),
        ("https://x.example/", ""),
        ("https://x.example", ""),
        ("", ""),
        ("https://[bad/a.png", ""),
    ],
)
def test_names_from_addresses(url: str, name: str) -> None:
    assert name_from_url(url) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Blue_00001_.png", "Blue_00001_.png"),
        ("../../etc/passwd", "_._etc_passwd"),
        ('a/b\\c:d*e?f"g<h>i|j.png', "a_b_c_d_e_f_g_h_i_j.png"),
        ("a\x00b\nc\x7f.png", "a_b_c_.png"),
        ("gpj.\u202eexe", "gpj._exe"),
        ("CON", "_CON"),
        ("con.png", "_con.png"),
        ("Lpt1.txt", "_Lpt1.txt"),
        ("NUL .png", "_NUL.png"),
        ("COM¹", "_COM¹"),
        ("CONIN$", "_CONIN$"),
        ("C:\\a.png", "C__a.png"),
        ("a\x85b\u2028c\u061cd\ufeff.png", "a_b_c_d_.png"),
        ("console.png", "console.png"),
        ("name. . ", "name"),
        (".hidden", "hidden"),
        ("..", "output"),
        ("", "output"),
        (" . ", "output"),
    ],
)
def test_names_on_disk(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@pytest.mark.parametrize("letter", ["a", "é", "画", "🎨"])
def test_long_names_are_cut_between_letters_and_keep_their_ending(letter: str) -> None:
    safe = safe_file_name(letter * 300 + ".png")
    assert safe.endswith(".png")
    assert len(safe.encode()) <= 180
    assert set(safe.removesuffix(".png")) == {letter}
    assert safe_file_name(safe) == safe


def test_lone_surrogates_do_not_get_on_the_disk() -> None:
    assert safe_file_name("a\ud800b.p\udfffng").encode() == b"ab.png"


_PARTS_OF_NAMES = (
    "/",
    "\\",
    "..",
    ".",
    " ",
    ":",
    "CON",
    "nul",
    "\0",
    "\u202e",
    "\ud800",
    "é",
    "🎨",
)
_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_NAMES = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(_PARTS_OF_NAMES), max_size=200).map("".join),
    st.text(max_size=300).map(lambda name: f"{name}.png"),
)


@given(_NAMES)
def test_no_name_whatever_can_do_harm(name: str) -> None:
    safe = safe_file_name(name)
    assert safe
    assert len(safe.encode()) <= 180
    assert not set(safe) & set('/\\:*?"<>|')
    assert safe == safe.strip(" .")
    kinds = {unicodedata.category(letter) for letter in safe}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(letter) for letter in safe} & _TURNING
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d) *(\..*)?", safe)
    assert safe_file_name(safe) == safe


@given(st.text(min_size=300, max_size=400), st.sampled_from(["png", "mp4", "tar.gz", "GLB"]))
def test_however_long_a_name_is_its_ending_stays(name: str, ending: str) -> None:
    assert safe_file_name(f"x{name}.{ending}").endswith(f".{ending.rpartition('.')[2]}")


def _shown(*outputs: Output, first: tuple[str, ...] = ()) -> list[tuple[str, OutputKind]]:
    return [(each.node_id, each.kind) for each in ordered_outputs(outputs, first)]


def test_pictures_come_first_then_other_files_texts_and_previews() -> None:
    assert _shown(
        Output("1", "text", K.TEXT),
        Output("2", "images", K.IMAGE, is_preview=True),
        Output("3", "video", K.VIDEO),
        Output("4", "images", K.IMAGE),
        Output("5", "images", K.ANIMATION),
    ) == [("4", K.IMAGE), ("5", K.ANIMATION), ("3", K.VIDEO), ("1", K.TEXT), ("2", K.IMAGE)]


def test_the_results_that_the_author_chose_come_before_all_others_in_the_authors_order() -> None:
    outputs = [
        Output("4", "images", K.IMAGE),
        Output("1", "text", K.TEXT),
        Output("3", "text", K.TEXT),
        Output("3", "video", K.VIDEO),
        Output("5", "images", K.IMAGE, is_preview=True),
    ]
    assert _shown(*outputs, first=("99", "3", "1", "3", "5")) == [
        ("3", K.VIDEO),
        ("3", K.TEXT),
        ("1", K.TEXT),
        ("4", K.IMAGE),
        ("5", K.IMAGE),
    ]
