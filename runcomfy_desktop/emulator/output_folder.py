"""Output folder of one run: paths and names of the files of its output nodes.

A file's name and path are known at once; its bytes are made on download.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from runcomfy_desktop.emulator.execution_step import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep
    from runcomfy_desktop.emulator.http_messages import JsonObject
    from runcomfy_desktop.emulator.painting.image_tools import Size

OUTPUT, TEMP = "output", "temp"
_DATE_PARTS = {
    "%year%": "%Y",
    "%month%": "%m",
    "%day%": "%d",
    "%hour%": "%H",
    "%minute%": "%M",
    "%second%": "%S",
}
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class SavedFile:
    """File produced by a run.

    `folder` is `output` or `temp`; `extra_fields` are further fields that the node reports for the
    file.
    """

    folder: str
    subfolder: str
    filename: str
    content_type: str
    write: Callable[[], bytes]
    extra_fields: JsonObject = field(default_factory=dict)

    @property
    def path(self) -> str:
        return "/".join(part for part in (self.folder, self.subfolder, self.filename) if part)

    def entry(self, root_url: str) -> JsonObject:
        """Returns the file's entry in `outputs`."""
        return {
            "url": f"{root_url}/{quote(self.path)}",
            "filename": self.filename,
            "subfolder": self.subfolder,
            "type": self.folder,
            **self.extra_fields,
        }


@dataclass(frozen=True, slots=True)
class NodeOutput:
    """Results of one output node: files by channel, and other values, reported unchanged."""

    files: dict[str, tuple[SavedFile, ...]]
    other_values: JsonObject


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """File type of a node's files; `suffix` is the text between counter and extension in a name."""

    extension: str
    content_type: str
    suffix: str = "_"


@dataclass(slots=True)
class OutputFolder:
    """Numbers file names as ComfyUI does, for one run of `workflow` at the time `now_s`."""

    workflow: JsonObject
    now_s: float
    counters: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """The workflow as the text that ComfyUI writes into its files."""
        return json.dumps(self.workflow)

    def output(
        self, step: ExecutionStep, file_format: OutputFormat, write: Callable[[], bytes], size: Size
    ) -> SavedFile:
        """Adds a file to the output folder; its name begins with the node's prefix."""
        subfolder, stem = self._expand_prefix(step, size)
        return self._file(OUTPUT, subfolder, stem, file_format, write)

    def temp(self, digest: str, file_format: OutputFormat, write: Callable[[], bytes]) -> SavedFile:
        """Adds a file to the preview folder; the random part of its name comes from `digest`."""
        random_part = "".join(chr(ord("a") + int(digit, 16)) for digit in digest[:5])
        return self._file(TEMP, "", f"ComfyUI_temp_{random_part}", file_format, write)

    def _file(
        self,
        folder: str,
        subfolder: str,
        stem: str,
        file_format: OutputFormat,
        write: Callable[[], bytes],
    ) -> SavedFile:
        key = (folder, f"{subfolder}/{stem}")
        self.counters[key] = self.counters.get(key, 0) + 1
        name = f"{stem}_{self.counters[key]:05}{file_format.suffix}.{file_format.extension}"
        return SavedFile(folder, subfolder, name, file_format.content_type, write)

    def _expand_prefix(self, step: ExecutionStep, size: Size) -> tuple[str, str]:
        """Returns (subfolder, name without counter) for a prefix such as `shore/%year%/Evening`."""
        prefix = step.text("filename_prefix")
        text = prefix.replace("%width%", str(size[0])).replace("%height%", str(size[1]))
        local_time = datetime.fromtimestamp(self.now_s, UTC)
        for token, part in _DATE_PARTS.items():
            text = text.replace(token, local_time.strftime(part))
        parts = [
            _UNSAFE.sub("_", part) for part in text.replace("\\", "/").split("/") if part != "."
        ]
        if ".." in parts or text.startswith("/"):
            raise RunError(
                f"{step.class_type}: Saving image outside the output folder is not allowed.",
                step.node_id,
                "Exception",
            )
        folders = [part for part in parts[:-1] if part]
        return "/".join(folders), parts[-1] if parts else ""
