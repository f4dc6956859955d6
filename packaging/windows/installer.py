"""Builds the Windows installer from the one-folder program, on Windows or on Linux.

usage: installer.py FOLDER OUT [--target amd64-unicode]

FOLDER contains runcomfy-desktop.exe and _internal. Needs makensis 3. If the environment has a
certificate (see sign.py), program, uninstaller and installer are signed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent))

import project  # noqa: E402 - importable only after the line above
from windows import sign, version_info  # noqa: E402

EXE = f"{project.NAME}.exe"
LIST = "_internal/installed-files.txt"


def contents(folder: Path) -> list[str]:
    """Returns the files below `folder`, in the same order on all systems, with forward slashes.

    Raises Failed if the program is missing or a name is not allowed.
    """
    found = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    if EXE not in found:
        raise project.Failed(f"There is no {EXE} in {folder}")
    if not any(name.startswith("_internal/") for name in found):
        raise project.Failed(f"There is no folder _internal in {folder}")
    # The installer reads its list in the Windows code page.
    strange = [name for name in found if not name.isascii() or "$" in name or '"' in name]
    if strange:
        raise project.Failed(f"No installer can carry these names: {strange}")
    return found


def folders(files: list[str]) -> list[str]:
    """Returns the folders of `files`, inner ones first and _internal last."""
    found = {
        parent.as_posix() for name in files for parent in Path(name).parents if parent != Path()
    }
    inner = sorted(found - {"_internal"}, key=lambda name: (-name.count("/"), name))
    return [*inner, "_internal"]


def listing(files: list[str]) -> str:
    """Returns the list that the uninstaller, or a later installer, reads to remove files."""
    lines = [name.replace("/", "\\") for name in files]
    lines += [name.replace("/", "\\") + "\\" for name in folders(files)]
    return "".join(f"{line}\r\n" for line in lines)


def script(folder: Path, files: list[str], list_file: Path) -> str:
    """Returns the part of the installer script that differs between builds."""
    lines = ["!macro InstallFiles"]
    here = None
    for name in files:
        parent, _, _ = name.rpartition("/")
        if parent != here:
            below = f"$INSTDIR/{parent}".rstrip("/").replace("/", "\\")
            lines.append(f'  SetOutPath "{below}"')
            here = parent
        lines.append(f'  File "{folder / name}"')
    lines.append('  SetOutPath "$INSTDIR\\_internal"')
    lines.append(f'  File "{list_file}"')
    lines.append("!macroend")
    return "\n".join(lines) + "\n"


def size_kb(folder: Path, files: list[str]) -> int:
    """Returns the installed size that Windows shows."""
    return -(-sum((folder / name).stat().st_size for name in files) // 1024)


def make(folder: Path, out: Path, *, version: str, target: str = "", plain: bool = False) -> Path:
    """Compiles the installer; raises project.Failed with makensis' output. `plain` is faster."""
    folder, out = folder.resolve(), out.resolve()
    if sign.has_certificate():
        sign.sign(folder / EXE)
    files = contents(folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        list_file = Path(scratch) / Path(LIST).name
        list_file.write_text(listing(files), encoding="ascii", newline="")
        part = Path(scratch) / "files.nsh"
        part.write_text(script(folder, files, list_file), encoding="utf-8")
        defines = {
            "VERSION": version,
            "VERSION4": version_info.dotted(version),
            "COPYRIGHT": version_info.COPYRIGHT,
            "PUBLISHER": version_info.PUBLISHER,
            "SIZE_KB": str(size_kb(folder, files)),
            "OUT": str(out),
            "FILES": str(part),
        }
        if sign.has_certificate():
            defines["SIGN"] = sign.command()
        if plain:
            defines["PLAIN"] = "1"
        words = ["makensis", "-WX", "-V2", "-INPUTCHARSET", "UTF8"]
        words += [f"-XTarget {target}"] if target else []
        words += [f"-D{name}={value}" for name, value in defines.items()]
        project.run([*words, _HERE / "installer.nsi"], env=project.reproducible())
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--target", default="", help="makensis' kind of installer")
    parser.add_argument("--version", default=project.version())
    given = parser.parse_args()
    try:
        made = make(given.folder, given.out, version=given.version, target=given.target)
    except (project.Failed, sign.UnsignedError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
