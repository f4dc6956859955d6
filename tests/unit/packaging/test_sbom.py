"""Bill of materials of a small fake bundle."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from project import Failed
from trust import sbom

if TYPE_CHECKING:
    from pathlib import Path

CRATE = {
    "name": "asn1",
    "version": "0.24.1",
    "purl": "pkg:cargo/asn1@0.24.1",
    "licenses": [{"expression": "BSD-3-Clause"}],
}
OPENSSL = {"name": "openssl", "version": "4.0.3", "purl": "pkg:generic/openssl@4.0.3?x=y"}
WEBP = {"name": "libwebp", "version": "1.6.0", "licenses": [{"license": {"id": "BSD-3-Clause"}}]}

ZLIB = {"name": "zlib", "version": "2.3.3", "licenses": [{"license": {"id": "Zlib"}}]}


def distribution(name: str, licence: str, files: list[str], *inside: Any) -> dict[str, Any]:
    boms = [{"components": list(inside)}]
    return {
        "name": name,
        "version": "1.2",
        "licence": licence,
        "homepage": "https://example.org/x",
    } | {
        "files": files,
        "boms": boms,
        "texts": [],
    }


@pytest.fixture
def facts() -> dict[str, Any]:
    return {
        "qt": "6.11.3",
        "python": {"version": "3.13.1", "files": ["python313.dll"], "text": ""},
        "distributions": [
            distribution("PySide6_Essentials", "LGPL-3.0-only", ["PySide6/Qt/lib/libQt6Core.so.6"]),
            distribution("cryptography", "Apache-2.0 OR BSD-3-Clause", [], CRATE, OPENSSL),
            distribution("jaraco.classes", "MIT License", ["jaraco"]),
            distribution(
                "pillow",
                "MIT-CMU",
                ["pillow.libs/libwebp-51.so.7.2.0", "pillow.libs/libzstd-40.so.1.5.7"],
                WEBP,
            ),
        ],
        "packages": [
            {
                "name": "libssl3",
                "version": "3.0.22-1~deb12u2",
                "source": "openssl",
                "architecture": "amd64",
                "debian": "12",
                "files": ["libssl.so.3"],
            }
        ],
    }


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    for name in ("PySide6/Qt/lib/libQt6Core.so.6", "libssl.so.3", "python313.dll"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return tmp_path


def parts(text: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(text)["components"]}


def inner(part: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in part["components"]}


def test_it_fits_the_schema_and_is_the_same_each_time(facts: dict[str, Any], inside: Path) -> None:
    text = sbom.text(facts, inside)
    # Imported here and not at each collection: it reads grammars for one or two seconds.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == sbom.text(facts, inside)
    facts["distributions"][0]["version"] = "1.3"
    changed = json.loads(sbom.text(facts, inside))
    assert changed["serialNumber"] != json.loads(text)["serialNumber"]


def test_parts_have_address_licence_and_files(facts: dict[str, Any], inside: Path) -> None:
    found = parts(sbom.text(facts, inside))
    assert found["libssl3"]["purl"].startswith("pkg:deb/debian/libssl3@3.0.22-1~deb12u2?")
    assert "distro=debian-12" in found["libssl3"]["purl"]
    assert found["libssl3"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert found["jaraco.classes"]["purl"] == "pkg:pypi/jaraco-classes@1.2"
    assert found["jaraco.classes"]["licenses"] == [{"license": {"id": "MIT"}}]
    (file,) = found["Python"]["components"]
    digest = hashlib.sha256(b"python313.dll").hexdigest()
    assert file["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_code_inside_parts_is_listed_in_them(facts: dict[str, Any], inside: Path) -> None:
    found = parts(sbom.text(facts, inside))
    assert {"asn1", "openssl"} == set(inner(found["cryptography"]))
    assert inner(found["cryptography"])["openssl"]["version"] == "4.0.3"
    pillow = inner(found["pillow"])
    assert pillow["libwebp"]["version"] == "1.6.0", "as Pillow's own bill says"
    assert pillow["libzstd"]["version"] == "1.5.7", "as its file says"
    assert {"PCRE2", "zlib"} <= set(inner(found["Qt"]))
    assert "HarfBuzz" not in inner(found["Qt"]), "Qt Gui is not in this bundle"


def test_what_is_linked_into_pillow_is_listed_in_it(facts: dict[str, Any], inside: Path) -> None:
    """On Windows, libraries in Pillow are listed although none of them is a separate file."""
    facts["distributions"][3]["files"] = ["PIL\\_imaging.cp313-win_amd64.pyd"]
    pillow = inner(parts(sbom.text(facts, inside))["pillow"])
    assert {"libjpeg-turbo", "libtiff", "zlib", "OpenJPEG", "liblzma"} < set(pillow)
    assert pillow["libwebp"]["version"] == "1.6.0"


def test_the_macs_zlib_is_named_as_pillow_names_it(facts: dict[str, Any], inside: Path) -> None:
    pillow = facts["distributions"][3]
    pillow["files"] = ["PIL/.dylibs/libz.1.3.1.zlib-ng.dylib"]
    pillow["boms"][0]["components"].append(ZLIB)
    zlib = inner(parts(sbom.text(facts, inside))["pillow"])["zlib"]
    assert zlib["version"] == "2.3.3"
    assert zlib["licenses"] == [{"license": {"id": "Zlib"}}]


def test_a_package_of_unknown_licence_is_refused(facts: dict[str, Any], inside: Path) -> None:
    facts["packages"][0]["source"] = "newcomer"
    with pytest.raises(Failed, match="no licence of Debian's source newcomer"):
        sbom.text(facts, inside)


def test_qt_without_a_version_is_refused(facts: dict[str, Any], inside: Path) -> None:
    facts["qt"] = ""
    with pytest.raises(Failed, match="Qt's version"):
        sbom.text(facts, inside)
