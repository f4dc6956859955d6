"""Classes which check some of their inputs themselves: `object_info` does not say which do.

Known from the source of ComfyUI 0.33 (`VALIDATE_INPUTS` of old classes, `validate_inputs` of new
ones). Such a check takes the place of limits and lists for the inputs that it names, and it breaks
when one of them is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """Which inputs a class checks; `takes_all` for one that takes whatever there is.

    `wants_file` says that what it checks is that a file is there.
    """

    names: tuple[str, ...]
    takes_all: bool = False
    wants_file: bool = False

    def covers(self, name: str) -> bool:
        return self.takes_all or name in self.names


OWN_CHECKS: Mapping[str, OwnCheck] = {
    "LoadImage": OwnCheck(("image",), wants_file=True),
    "LoadImageMask": OwnCheck(("image",), wants_file=True),
    "LoadImageOutput": OwnCheck(("image",), wants_file=True),
    "WebcamCapture": OwnCheck(("image",), wants_file=True),
    "LoadLatent": OwnCheck(("latent",), wants_file=True),
    "LoadAudio": OwnCheck(("audio",), wants_file=True),
    "LoadVideo": OwnCheck(("file",), wants_file=True),
    "CustomCombo": OwnCheck(("choice",), takes_all=True),
}
NO_CHECK = OwnCheck(())
