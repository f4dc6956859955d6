"""Writes the bill of materials: every part of the program with version, licence and checksums.

CycloneDX 1.6 as JSON; the same build gives the same bytes. Parts inside another part (of Qt, or of
a wheel with native code) are listed in that part.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from project import NAME, Failed, epoch, version
from trust import attributions, notices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_NATIVE = re.compile(r"\.(so|dll|dylib|pyd)(\.|$)|\.framework/")
# Licences as named by classifiers, for distributions that specify nothing else.
_CLASSIFIED = {
    "MIT License": "MIT",
    "Apache Software License; GNU General Public License v2 (GPLv2)": "Apache-2.0 AND GPL-2.0-only",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-or-later WITH Bootloader-exception",
}
_QT_SOURCE = "https://download.qt.io/official_releases/qt/{minor}/{version}/"


def write(
    file: Path, facts: dict[str, Any], inside: Path, others: Iterable[Component] = ()
) -> None:
    """Writes the bill for `inside`, the bundle's folder of libraries, and the parts in `others`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(facts, inside, others), encoding="utf-8")


def text(facts: dict[str, Any], inside: Path, others: Iterable[Component] = ()) -> str:
    program = _part(NAME, version(), f"pkg:generic/{NAME}@{version()}", "MIT")
    program.type = ComponentType.APPLICATION
    parts = [*_distributions(facts, inside), *_qt(facts, inside), *_packages(facts, inside)]
    parts += [*_python(facts, inside), *others]
    bom = Bom(
        components=parts,
        metadata=BomMetaData(component=program, timestamp=datetime.fromtimestamp(epoch(), tz=UTC)),
    )
    bom.register_dependency(program, parts)
    for part in parts:
        bom.register_dependency(part)
    # The serial number is not random but derived from the content.
    bom.serial_number = uuid.UUID(int=0)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, _json(bom))
    return _json(bom)


def _json(bom: Bom) -> str:
    said = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    return json.dumps(json.loads(said), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _part(
    name: str,
    of_version: str,
    purl: str,
    licence: str,
    *,
    homepage: str = "",
    parts: Iterable[Component] = (),
) -> Component:
    licences = [LicenseFactory().make_from_string(licence)] if licence else []
    website = ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(homepage))
    return Component(
        name=name,
        type=ComponentType.LIBRARY,
        version=of_version or None,
        bom_ref=purl,
        purl=PackageURL.from_string(purl),
        licenses=licences,
        external_references=[website] if homepage else [],
        components=parts,
    )


def _files(inside: Path, names: Iterable[str]) -> Iterator[Component]:
    """Yields the native files of a part, with their checksums."""
    for name in sorted(names):
        path = inside / name
        if _NATIVE.search(name.replace("\\", "/")) and path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield Component(
                name=name.replace("\\", "/"),
                type=ComponentType.FILE,
                bom_ref=f"file:{name}",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
            )


def _distributions(facts: dict[str, Any], inside: Path) -> Iterator[Component]:
    for each in facts["distributions"]:
        name = each["name"].lower().replace("_", "-").replace(".", "-")
        inner = list(_files(inside, each["files"]))
        if name == "cryptography":
            inner += [*_crates(facts), *_openssl(each)]
        elif name == "pillow":
            inner += _pillows(each)
        yield _part(
            each["name"],
            each["version"],
            f"pkg:pypi/{name}@{each['version']}",
            _CLASSIFIED.get(each["licence"], each["licence"]),
            homepage=each["homepage"],
            parts=inner,
        )


def _crates(facts: dict[str, Any]) -> Iterator[Component]:
    for each in notices.crates(facts):
        licence = " AND ".join(found["expression"] for found in each.get("licenses", ()))
        yield _part(each["name"], each["version"], each["purl"], licence)


def _openssl(distribution: dict[str, Any]) -> Iterator[Component]:
    """Yields the copy of OpenSSL that cryptography reports."""
    for bom in distribution["boms"]:
        for each in bom.get("components", ()):
            if each["name"] == "openssl" and each["purl"].startswith("pkg:generic/"):
                purl = f"pkg:generic/openssl@{each['version']}"
                yield _part("openssl", each["version"], purl, "Apache-2.0")


def _pillows(distribution: dict[str, Any]) -> Iterator[Component]:
    """Yields libraries in Pillow, from its own bill of materials or else from the file names."""
    told = {each["name"]: each for bom in distribution["boms"] for each in bom["components"]}
    names, licences = attributions.pillow_names(), attributions.pillow_licences()
    found: dict[str, str] = {}
    for file in distribution["files"]:
        if re.search(r"pillow\.libs|\.dylibs", file):
            bare = attributions.pillow_name(file)
            own = re.search(r"\.so\.([\d.]+)$", file)
            name = names.get(bare, f"lib{bare}")
            found[name] = told.get(name, {}).get("version") or (own[1] if own else "")
    if not found:
        found = {
            each: told.get(each, {}).get("version", "") for each in attributions.pillow_linked()
        }
    for name, of_version in sorted(found.items()):
        short = name.rpartition("/ ")[2]
        purl = PackageURL("generic", None, short, of_version or None, {"in": "pillow"})
        said = [each["license"]["id"] for each in told.get(name, {}).get("licenses", ())]
        licence = licences.get(name) or " AND ".join(said)
        yield _part(short, of_version, purl.to_string(), licence)


def _qt(facts: dict[str, Any], inside: Path) -> Iterator[Component]:
    """Yields Qt, which is inside PySide6, with its own parts."""
    if not facts["qt"]:
        raise Failed("Qt's version is not known, so no bill of materials can name it")
    keys = {key for name in notices.qt_libraries(facts) for key in attributions.contains()[name]}
    inner = []
    for key in sorted(keys):
        part = attributions.parts()[key]
        purl = PackageURL("generic", None, key, part.version or None, {"in": "qt"}).to_string()
        licence = " AND ".join(part.licences).replace(" AND Linux-", " WITH Linux-")
        inner.append(_part(part.name, part.version, purl, licence, homepage=part.homepage))
    source = _QT_SOURCE.format(minor=facts["qt"].rpartition(".")[0], version=facts["qt"])
    purl = PackageURL("generic", None, "qt", facts["qt"], {"download_url": source}).to_string()
    yield _part(
        "Qt", facts["qt"], purl, "LGPL-3.0-only", homepage="https://www.qt.io/", parts=inner
    )


def _packages(facts: dict[str, Any], inside: Path) -> Iterator[Component]:
    for each in facts["packages"]:
        yield debian_part(each, _files(inside, each["files"]))


def debian_part(package: dict[str, Any], parts: Iterable[Component] = ()) -> Component:
    """Returns the component of a Debian package; `parts` are the files taken from it."""
    licence = attributions.debian_licences().get(package["source"], "")
    if not licence:
        raise Failed(f"attributions.toml names no licence of Debian's source {package['source']}")
    where = {"arch": package["architecture"], "distro": f"debian-{package['debian']}"}
    purl = PackageURL("deb", "debian", package["name"], package["version"], where)
    return _part(package["name"], package["version"], purl.to_string(), licence, parts=parts)


def linked_part(package: dict[str, Any]) -> Component:
    """Returns the component of a library that is linked only into the AppImage's runtime."""
    part = debian_part(package)
    part.properties = [Property(name=f"{NAME}:only-in", value="AppImage")]
    return part


def _python(facts: dict[str, Any], inside: Path) -> Iterator[Component]:
    """Yields Python if it was not installed as packages."""
    found = facts["python"]
    if found["files"]:
        purl = f"pkg:generic/python@{found['version']}"
        files = _files(inside, found["files"])
        yield _part("Python", found["version"], purl, "PSF-2.0", parts=files)
