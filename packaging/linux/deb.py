"""Builds the .deb from the one-folder program, without root and reproducibly."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from linux import needed, tree
from project import DIST, NAME, ONEDIR, PACKAGING, epoch, reproducible, run, version

MAINTAINER = "RunComfy Desktop contributors <runcomfy-desktop@users.noreply.github.com>"
HOMEPAGE = "https://github.com/runcomfy-desktop/runcomfy-desktop"
# Dependencies in addition to the libraries: fontconfig's configuration, without which every
# character is an empty box, and the keyboard layouts of X and Wayland.
_DATA = ("fontconfig-config", "xkb-data")
_RECOMMENDED = (
    "ca-certificates",
    "gnome-keyring | kwalletmanager | keepassxc | org.freedesktop.secrets",
    "xdg-desktop-portal",
    "xdg-utils",
)
_CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size_kb}
Depends: {depends}
Recommends: {recommended}
Section: graphics
Priority: optional
Homepage: {homepage}
Description: independent desktop client for RunComfy's Serverless API
 Connects to a RunComfy account, opens its ComfyUI deployments, changes the
 inputs of their workflows, runs them, follows the queue and shows the results.
 A demo service is built in; it needs no account and costs nothing.
 .
 This is an independent program. It is not made, endorsed or supported by
 RunComfy.
 .
 The package holds a Python and a Qt of its own; Qt is used under the LGPL-3.
"""


def debian_version(python_version: str) -> str:
    """Returns the Debian version, with a tilde so that 1.0rc1 sorts before 1.0."""
    return re.sub(r"\.?(a|b|rc|dev)(\d+)", r"~\1\2", python_version) + "-1"


def architecture() -> str:
    return run(["dpkg", "--print-architecture"]).strip()


def path(of_version: str, folder: Path = DIST) -> Path:
    return folder / f"{NAME}_{debian_version(of_version)}_{architecture()}.deb"


def make(
    onedir: Path = ONEDIR, out: Path = DIST, of_version: str = "", *, quick: bool = False
) -> Path:
    """Builds the .deb in the folder `out`; `quick` makes a larger one faster, for tests."""
    of_version = of_version or version()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        tree.install(root, "deb", onedir)
        _add_documents(root, of_version)
        tree.even_out(root)
        _add_control(root, onedir, of_version)
        deb = path(of_version, out)
        pressed = ["-Zxz", "-z0"] if quick else ["-Zxz", "-z9", "--threads-max=1"]
        words = ["dpkg-deb", "--root-owner-group", *pressed, "--build", str(root), str(deb)]
        run(words, env=reproducible())
    return deb


def _add_documents(root: Path, of_version: str) -> None:
    documents = root / "usr/share/doc" / NAME
    when = format_datetime(datetime.fromtimestamp(epoch(), tz=UTC))
    news = (
        f"{NAME} ({debian_version(of_version)}) unstable; urgency=medium\n\n"
        f"  * Release {of_version}.\n\n -- {MAINTAINER}  {when}\n"
    )
    tree.write_compressed(news.encode(), documents / "changelog.Debian.gz")
    overrides = root / "usr/share/lintian/overrides" / NAME
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(PACKAGING / "linux" / "lintian-overrides", overrides)


def _add_control(root: Path, onedir: Path, of_version: str) -> None:
    files = sorted(each for each in root.rglob("*") if each.is_file() and not each.is_symlink())
    sums = (f"{_md5(each)}  {each.relative_to(root).as_posix()}\n" for each in files)
    control = root / "DEBIAN"
    control.mkdir()
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")
    found = needed.needs(onedir)
    text = _CONTROL.format(
        name=NAME,
        version=debian_version(of_version),
        architecture=architecture(),
        maintainer=MAINTAINER,
        size_kb=sum(-(-each.stat().st_size // 1024) for each in files),
        depends=", ".join((needed.depends(found), *_DATA)),
        recommended=", ".join(_RECOMMENDED),
        homepage=HOMEPAGE,
    )
    (control / "control").write_text(text, encoding="utf-8")
    control.chmod(0o755)
    for each in control.iterdir():
        each.chmod(0o644)


def _md5(file: Path) -> str:
    """Returns the checksum for `dpkg -V`; it has no security purpose."""
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
