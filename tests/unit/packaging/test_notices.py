"""Notices of third-party code: they are complete, or there is no bundle."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from project import Failed
from trust import notices

if TYPE_CHECKING:
    from pathlib import Path


def distribution(name: str, *files: str, licence: str = "MIT") -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.2",
        "licence": licence,
        "homepage": f"https://example.org/{name}",
        "files": list(files),
        "texts": [{"name": "LICENSE", "text": f"The licence of {name}."}],
        "boms": [],
    }


def facts() -> dict[str, Any]:
    """Returns the facts of a small build on Debian."""
    qt = distribution(
        "PySide6_Essentials",
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6/QtCore.abi3.so",
        licence="LGPL-3.0-only",
    )
    binding = distribution("shiboken6", "shiboken6/libshiboken6.abi3.so.6.11")
    for each in (qt, binding):
        each["version"], each["texts"] = "6.11.3", []
    rust = distribution("cryptography", "cryptography/_rust.abi3.so")
    crate: dict[str, Any] = {"name": "asn1", "version": "0.24.1", "purl": "pkg:cargo/asn1@0.24.1"}
    crate |= {"author": "Alex", "licenses": [{"expression": "BSD-3-Clause"}]}
    rust["boms"] = [{"components": [crate, {"purl": "pkg:cargo/own@1?download_url=file://own"}]}]
    package = {
        "name": "libssl3",
        "version": "3.0.22-1",
        "source": "openssl",
        "source_version": "3.0.22-1",
        "architecture": "amd64",
        "debian": "12",
        "files": ["libssl.so.3"],
        "text": "See /usr/share/common-licenses/Apache-2.0.",
    }
    return {
        "qt": "6.11.3",
        "python": {"version": "3.11.2", "files": [], "text": ""},
        "distributions": [
            rust,
            distribution("pillow", "pillow.libs/libzstd-40ad5e7e.so.1.5.7"),
            qt,
            binding,
        ],
        "packages": [package, package | {"name": "libcrypto3", "files": ["libcrypto.so.3"]}],
        "windows": [],
        "unknown": [],
        "common": {"Apache-2.0": "APACHE'S TEXT", "GPL-2": "not named"},
    }


def test_three_files_are_written(tmp_path: Path) -> None:
    notices.write(tmp_path / "notices", facts())
    texts = {each.name: each.read_text("utf-8") for each in (tmp_path / "notices").iterdir()}
    assert set(texts) == {"NOTICES.txt", "LGPL-3.txt", "GPL-3.txt"}
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in texts["LGPL-3.txt"]
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3" in texts["GPL-3.txt"]


def test_qts_licence_is_met_in_words() -> None:
    message = notices.text(facts())
    assert "Qt 6.11.3 and Qt for Python (PySide6 6.11.3, shiboken6 6.11.3)" in message
    assert "https://download.qt.io/official_releases/qt/6.11/6.11.3/" in message
    assert "PySide6-6.11.3-src" in message
    assert "You may replace them" in message
    assert "take this program apart" in message
    assert "independent program" in message


def test_everything_is_named_with_its_text() -> None:
    message = notices.text(facts())
    assert "cryptography 1.2 (MIT)" in message
    assert "The licence of cryptography." in message
    assert "openssl 3.0.22-1\n" in message
    assert "libssl3, libcrypto3" in message, "one text for both packages of a source"
    assert "https://snapshot.debian.org/package/openssl/3.0.22-1/" in message
    assert message.count("APACHE'S TEXT") == 1
    assert "not named" not in message


def test_code_inside_libraries_is_named_with_its_licence() -> None:
    message = notices.text(facts())
    assert "libjpeg-turbo 3.2.0" in message
    assert "in imageformats/qjpeg" in message
    assert "Independent JPEG Group" in message
    assert "BSD 3" in message or "Redistributions in binary form" in message
    assert "asn1 0.24.1 (BSD-3-Clause), by Alex" in message
    assert "own" not in message.partition("Crates of Rust")[2].partition("5. Texts")[0].split()
    assert "OpenSSL (inside cryptography)" in message
    assert "HarfBuzz" not in message, "Qt Gui is not in this bundle"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda f: f["unknown"].append("x.so: /somewhere/x.so"), "belongs to nobody"),
        (lambda f: f.update(qt=""), "version could not be read"),
        (lambda f: f["distributions"][1].update(texts=[]), "pillow: it brings no licence text"),
        (lambda f: f["packages"][0].update(text=""), "libssl3: its copyright file"),
        (lambda f: f["common"].pop("Apache-2.0"), "Apache-2.0: its text was not found"),
        (lambda f: f["python"].update(files=["python313.dll"]), "Python: its licence"),
        (
            lambda f: f["distributions"][2]["files"].append("PySide6/Qt/lib/libQt6Quick.so.6"),
            "QtQuick: it is not in attributions.toml",
        ),
        (
            lambda f: f["distributions"][2]["files"].append(
                "PySide6/plugins/tls/qopensslbackend.dll"
            ),
            "tls/qopensslbackend: it is not in attributions.toml",
        ),
        (
            lambda f: f["distributions"][1]["files"].append("pillow.libs/libavif-1234.so.16"),
            "avif: it is not in attributions.toml",
        ),
    ],
)
def test_what_has_no_notice_stops_the_build(tmp_path: Path, fault: Any, words: str) -> None:
    found = copy.deepcopy(facts())
    fault(found)
    with pytest.raises(Failed, match=words):
        notices.write(tmp_path, found)
    assert not list(tmp_path.iterdir())
