"""Notices, bill of materials and signature of the real build: proofs that it can be trusted."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from linux import elf, freeze
from project import BUILD, ONEDIR, PACKAGE, Failed, version
from trust import attributions, checksums, notices, sbom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INSIDE = ONEDIR / "_internal"
FACTS = BUILD / "linux" / freeze.FACTS


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    """Facts about the bundle in build/."""
    if not FACTS.is_file():
        pytest.fail(f"{FACTS} is not there; make it first: make installers", pytrace=False)
    return notices.read_facts(FACTS)


@pytest.fixture(scope="module")
def bill(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sbom.text(facts, INSIDE))
    return found


def everything(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in part.get("components", ()):
        yield each
        yield from everything(each)


def test_every_native_file_of_the_bundle_has_an_owner(facts: dict[str, Any]) -> None:
    owned = {
        file
        for kind in ("distributions", "packages")
        for each in facts[kind]
        for file in each["files"]
    }
    native = {
        path.relative_to(INSIDE).as_posix()
        for path in INSIDE.rglob("*")
        if path.is_file() and not path.is_symlink() and elf.is_elf(path)
    }
    assert native - owned == set()
    assert len(native) > 60


def test_the_texts_lie_in_the_bundle(facts: dict[str, Any]) -> None:
    folder = INSIDE / PACKAGE / notices.PLACE
    assert (folder / "NOTICES.txt").read_text("utf-8") == notices.text(facts)
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (folder / "LGPL-3.txt").read_text("utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in (folder / "GPL-3.txt").read_text("utf-8")


def test_versions_in_the_list_are_those_in_qts_libraries(facts: dict[str, Any]) -> None:
    """Checks the components whose version is contained in a library."""
    contents = {
        attributions.library_name(file): (INSIDE / file).read_bytes()
        for each in facts["distributions"]
        if each["name"] == "PySide6_Essentials"
        for file in each["files"]
        if attributions.library_name(file)
    }
    checked = set()
    for library, keys in attributions.contains().items():
        for part in (attributions.parts()[key] for key in keys):
            if part.says and library in contents:
                assert part.says.encode() in contents[library], f"{part.name} in {library}"
                checked.add(part.key)
    assert checked == {"pcre2", "libpng", "libjpeg-turbo", "libtiff"}


def test_the_bill_of_materials_fits_the_schema(facts: dict[str, Any]) -> None:
    text = sbom.text(facts, INSIDE)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == sbom.text(facts, INSIDE), "the same bytes each time"


def test_the_bill_names_native_code_with_versions_and_check_sums(bill: dict[str, Any]) -> None:
    parts = {(each["name"], each.get("version", "")): each for each in everything(bill)}
    names = {name for name, _version in parts}
    assert {"Qt", "libssl3", "libpython3.11", "openssl", "libwebp", "HarfBuzz", "PCRE2"} <= names
    files = [each for each in everything(bill) if each["type"] == "file"]
    for each in files:
        (found,) = each["hashes"]
        content = (INSIDE / each["name"]).read_bytes()
        assert found["content"] == hashlib.sha256(content).hexdigest(), each["name"]
    assert len(files) > 60
    refs = [each["bom-ref"] for each in everything(bill)]
    assert len(refs) == len(set(refs))


def test_every_part_of_the_bill_has_version_licence_and_address(bill: dict[str, Any]) -> None:
    lacking = [
        each["name"]
        for each in bill["components"]
        if not (each.get("version") and each.get("licenses") and each.get("purl"))
    ]
    assert lacking == []
    program = bill["metadata"]["component"]
    assert (program["name"], program["version"]) == ("runcomfy-desktop", version())
    spdx = [found for each in everything(bill) for found in each.get("licenses", ())]
    odd = {each["license"]["name"] for each in spdx if "name" in each.get("license", {})}
    assert odd <= {"LicenseRef-ICC"}, "licences have SPDX's names"


def test_no_part_is_under_the_gpl_alone(bill: dict[str, Any]) -> None:
    """No component is under the GPL alone.

    PyInstaller's licence has an exception for bundled programs, and that of a kernel header has the
    Linux syscall note.
    """
    words = {
        each["name"]: found.get("expression") or found["license"].get("id", "")
        for each in everything(bill)
        for found in each.get("licenses", ())
    }
    strict = {
        name
        for name, words in words.items()
        if re.search(r"(?<!L)GPL", words) and not re.search(r"LGPL| OR |exception|note", words)
    }
    assert strict <= {"pyinstaller-hooks-contrib"}, (
        "its hooks are Apache-2.0, and only those are in"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "program.deb").write_bytes(b"a package")
    return tmp_path / "dist"


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[list[str]]:
    """Key created for this test, in its own folder; yields the start of gpg's command line."""
    home = tmp_path / "keys"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--no-tty"]
    make = ["--pinentry-mode", "loopback", "--passphrase", "open", "--quick-generate-key"]
    subprocess.run([*gpg, *make, "Release <release@example.org>", "ed25519"], check=True)
    yield gpg
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)


def armoured(gpg: list[str]) -> str:
    words = ["--pinentry-mode", "loopback", "--passphrase", "open", "--armor"]
    done = subprocess.run(
        [*gpg, *words, "--export-secret-keys"], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_list_is_signed_with_the_key_of_the_environment(
    folder: Path, keyring: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(checksums.KEY, armoured(keyring))
    monkeypatch.setenv(checksums.PASSPHRASE, "open")
    checksums.write(folder)
    assert checksums.sign(folder) == "signed: SHA256SUMS.asc"
    verify = [*keyring, "--verify", str(folder / "SHA256SUMS.asc"), str(folder / "SHA256SUMS")]
    assert subprocess.run(verify, check=False).returncode == 0
    (folder / "SHA256SUMS").write_text("something else")
    assert subprocess.run(verify, check=False).returncode != 0
    checksums.write(folder)
    assert not (folder / "SHA256SUMS.asc").exists(), "an old signature does not outlive its list"


def test_a_wrong_passphrase_is_said_and_leaves_no_signature(
    folder: Path, keyring: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = armoured(keyring)
    monkeypatch.setenv(checksums.KEY, key)
    monkeypatch.setenv(checksums.PASSPHRASE, "guessed")
    checksums.write(folder)
    with pytest.raises(Failed, match="gpg could not sign") as caught:
        checksums.sign(folder)
    assert "guessed" not in str(caught.value)
    assert "PRIVATE KEY" not in str(caught.value)
    assert not (folder / "SHA256SUMS.asc").exists()
