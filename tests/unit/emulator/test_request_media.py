"""Data URIs and addresses: those that are accepted, and their file names."""

from __future__ import annotations

import base64

import pytest

from runcomfy_desktop.emulator.request_media import is_media_text, read_media


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        ("data:image/png;base64,", "png"),
        ("data:image/jpeg;base64,", "jpg"),
        ("data:IMAGE/WEBP;base64,", "webp"),
        ("data:video/mp4;codecs=avc1;base64,", "mp4"),
    ],
)
def test_a_data_uri_is_named_by_its_bytes_and_type(head: str, ending: str) -> None:
    one = read_media(head + base64.b64encode(b"one").decode())
    assert one.data == b"one"
    assert one.name.endswith(f".{ending}")
    assert one.name == read_media(head + base64.b64encode(b"one").decode()).name
    assert one.name != read_media(head + base64.b64encode(b"two").decode()).name


@pytest.mark.parametrize(
    "text",
    [
        "data:",
        "data:image/png,x",
        "data:image/png;base64;x,QUJD",
        "data:;base64,QUJD",
        "data:image/png;base64,QUJ",
        "data:image/png;base64,QUJD\n",
        "data:image/png;base64,é",
        "data:" + "x" * 500 + ";base64,QUJD",
        "http://",
        "https:///path.png",
        "https://[::1/x.png",
        "https://host:port/x.png",
    ],
)
def test_what_is_malformed_is_refused(text: str) -> None:
    assert is_media_text(text)
    with pytest.raises(ValueError, match=r"URI|URL|Base64"):
        read_media(text)


def test_an_address_keeps_a_safe_form_of_its_file_name() -> None:
    media = read_media("https://files.example.org/a/..%2Fmy%20bike.jpg?x=1#y")
    assert media.data is None
    assert media.address.startswith("https://files.example.org/")
    assert media.name.endswith("_my_bike.jpg")
    assert "/" not in media.name
    assert read_media("https://files.example.org").name.endswith("_download")
