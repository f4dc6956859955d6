"""Workflow files for tests: the project's samples, the bundled ones, and a larger corpus.

The corpus is used if it exists next to the checkout.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from runcomfy_desktop.domain.workflow.workflow import Workflow
from runcomfy_desktop.domain.workflow.workflow_parser import parse_workflow_file

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples" / "workflows"
BUNDLED = ROOT / "resources" / "workflows"
CORPUS = ROOT.parent / "shared" / "corpus"


def api_files() -> list[Path]:
    """Returns the files in the API format, including wrapped ones."""
    return _json_in(SAMPLES / "api", BUNDLED, CORPUS / "api")


def editor_files() -> list[Path]:
    """Returns the files in the format of ComfyUI's editor, which the API cannot run."""
    return _json_in(SAMPLES / "ui_format", CORPUS / "ui_format")


def read_workflow(data: bytes) -> Workflow:
    """Returns the workflow in the bytes of a file in the API format."""
    opened = parse_workflow_file(data)
    assert isinstance(opened, Workflow)
    return opened


def object_info_files() -> list[Path]:
    """Returns the files with responses of `GET /object_info`, gzipped if they are large."""
    folders = (CORPUS, CORPUS / "validation")
    large = [path for folder in folders for path in sorted(folder.glob("object_info*.json.gz"))]
    return [BUNDLED / "schema" / "object_info.json", *large]


@cache
def object_info(path: Path) -> JsonObject:
    """Returns the content of an `object_info` file, parsed once per process; do not change it."""
    data = path.read_bytes()
    return cast("JsonObject", json.loads(gzip.decompress(data) if path.suffix == ".gz" else data))


def _json_in(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob("*.json"))]
