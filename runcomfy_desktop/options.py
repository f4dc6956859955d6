"""The command line as one value."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.i18n import _

# A frozen build has no `python -m`, so the program starts its helpers as itself, by a first word
# that no person types.
EMULATOR_FLAG = "--run-emulator"
DRAG_SOURCE_FLAG = "--run-drag-source"
SELF_TEST_FLAG = "--run-self-test"
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line; empty strings and None mean "as usual"."""

    demo: bool = False
    base_url: str = ""
    data_dir: Path | None = None
    open_file: Path | None = None
    tour: Path | None = None
    self_test: bool = False
    report: Path | None = None
    log_level: str = "info"


def parse(arguments: list[str]) -> Options:
    """Options from `arguments`; prints help, version or the fault and exits where asked."""
    parser = argparse.ArgumentParser(
        prog="runcomfy-desktop",
        description=_(
            "An independent desktop client for RunComfy's Serverless API. Not made by RunComfy."
        ),
    )
    parser.add_argument("--demo", action="store_true", help=_("use the built-in demo service"))
    parser.add_argument(
        "--base-url", default="", metavar="URL", help=_("API address (https, or http on loopback)")
    )
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help=_("keep everything in this folder")
    )
    parser.add_argument(
        "--open", type=Path, dest="open_file", metavar="FILE", help=_("open a workflow file")
    )
    parser.add_argument(
        "--tour", type=Path, metavar="DIR", help=_("drive the main job, save pictures in DIR, exit")
    )
    parser.add_argument("--self-test", action="store_true", help=_("check this installation, exit"))
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help=_("write what the self-test found to FILE")
    )
    parser.add_argument("--log-level", choices=LOG_LEVELS, default="info", help=_("what is logged"))
    parser.add_argument("--version", action="version", version=f"{APP_NAME} {__version__}")
    found = parser.parse_args(arguments)
    return Options(**vars(found))
