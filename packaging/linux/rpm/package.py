"""Builds the .rpm from the same files as the .deb."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from linux import needed, tools, tree
from project import DIST, NAME, ONEDIR, app_id, reproducible, version

_SPEC = Path(__file__).resolve().parent / f"{NAME}.spec"
ARCHITECTURE = "x86_64"


def rpm_version(python_version: str) -> str:
    """Returns the RPM version, with a tilde so that 1.0rc1 sorts before 1.0."""
    return re.sub(r"\.?(a|b|rc|dev)(\d+)", r"~\1\2", python_version)


def path(of_version: str, folder: Path = DIST) -> Path:
    return folder / f"{NAME}-{rpm_version(of_version)}-1.{ARCHITECTURE}.rpm"


def make(
    onedir: Path = ONEDIR, out: Path = DIST, of_version: str = "", *, quick: bool = False
) -> Path:
    """Builds the .rpm in the folder `out`; `quick` makes a larger one faster, for tests."""
    out.mkdir(parents=True, exist_ok=True)
    target = path(of_version or version(), out)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tree.install(work / "root", "rpm", onedir)
        tree.even_out(work / "root")
        (work / "requires").write_text(requires(onedir), encoding="utf-8")
        (work / "spec").write_bytes(_SPEC.read_bytes())
        _build(work, of_version or version(), quick=quick)
        target.write_bytes((work / "made" / target.name).read_bytes())
    return target


def requires(onedir: Path) -> str:
    """Returns the libraries that the bundle needs, as lines of a spec."""
    return "".join(f"Requires: {each}\n" for each in needed.requires(needed.needs(onedir)))


def _build(work: Path, of_version: str, *, quick: bool) -> None:
    given = {
        "_topdir": "/tmp/rpm",
        "_rpmdir": "/work/made",
        "_rpmfilename": "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
        "rcd_version": rpm_version(of_version),
        "rcd_app_id": app_id(),
        "rcd_root": "/work/root",
        "rcd_requires": "/work/requires",
        "rcd_payload": "w1.zstdio" if quick else "w19.zstdio",
    }
    words = ["rpmbuild", "-bb", "--quiet", "--target", f"{ARCHITECTURE}-linux"]
    words += [word for name, value in given.items() for word in ("--define", f"{name} {value}")]
    with tools.root().enter(((work, "/work", "rw"),)) as place:
        place.must([*words, "/work/spec"], env=reproducible(), limit_s=900)
