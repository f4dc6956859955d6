"""Creates version_info.txt, the Windows version information of the program.

PyInstaller writes it into the .exe, and Windows shows it under Properties > Details. The installer
uses the same facts.

usage: version_info.py        writes version_info.txt from the package's version
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import project

FILE = Path(__file__).resolve().parent / "version_info.txt"
APP_NAME = "RunComfy Desktop"
PUBLISHER = "RunComfy Desktop contributors"
COPYRIGHT = "© RunComfy Desktop contributors, MIT licence. Not made by RunComfy."
# Language and encoding of the strings: US English, Unicode.
_LANGUAGE, _CODE_PAGE = 0x0409, 0x04B0


def numbers(version: str) -> tuple[int, int, int, int]:
    """Returns the four numbers that Windows compares: 1.2rc3 becomes 1, 2, 0, 0."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    if match is None:
        raise project.Failed(f"{version} does not begin with a number")
    parts = [int(part) for part in match[0].split(".")][:4]
    first, second, third, fourth = (*parts, 0, 0, 0, 0)[:4]
    return first, second, third, fourth


def dotted(version: str) -> str:
    return ".".join(map(str, numbers(version)))


def text(version: str) -> str:
    """Returns the content of version_info.txt."""
    strings = {
        "CompanyName": PUBLISHER,
        "FileDescription": APP_NAME,
        "FileVersion": version,
        "InternalName": project.NAME,
        "LegalCopyright": COPYRIGHT,
        "OriginalFilename": f"{project.NAME}.exe",
        "ProductName": APP_NAME,
        "ProductVersion": version,
    }
    lines = "\n".join(
        f"        StringStruct({name!r}, {value!r})," for name, value in strings.items()
    )
    return f"""# Made by version_info.py; not to be edited.
VSVersionInfo(
  ffi=FixedFileInfo(
    filevers={numbers(version)},
    prodvers={numbers(version)},
    mask=0x3F,
    flags=0x0,
    OS=0x40004,
    fileType=0x1,
    subtype=0x0,
    date=(0, 0),
  ),
  kids=[
    StringFileInfo([
      StringTable('{_LANGUAGE:04x}{_CODE_PAGE:04x}', [
{lines}
      ]),
    ]),
    VarFileInfo([VarStruct('Translation', [{_LANGUAGE}, {_CODE_PAGE}])]),
  ],
)
"""


if __name__ == "__main__":
    FILE.write_text(text(project.version()), encoding="utf-8", newline="\n")
