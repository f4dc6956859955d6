"""Command line, parsed into one object."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from runcomfy_desktop import APP_NAME, __version__
from runcomfy_desktop.app.timeouts import Timeouts
from runcomfy_desktop.i18n import _

# A frozen build has no `python -m`, so the program starts its helpers as itself, with one of these
# as the first argument. They are not meant for users.
EMULATOR_FLAG = "--run-emulator"
DRAG_SOURCE_FLAG = "--run-drag-source"
SELF_TEST_FLAG = "--run-self-test"
# Equal to SCHEME in domain/app_link.py, which is imported only if there is a link.
LINK_SCHEME = "runcomfy-desktop"
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command line; empty strings and None mean the default.

    `open_target` is an absolute path of a file, or a link.
    """

    demo: bool = False
    base_url: str = ""
    data_dir: Path | None = None
    open_target: str = ""
    tour: Path | None = None
    self_test: bool = False
    report: Path | None = None
    log_level: str = "info"
    timeouts: Timeouts = field(default_factory=Timeouts)


def parse(arguments: list[str]) -> Options:
    """Parses `arguments`; prints help, version or an error and exits if necessary."""
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
        "what",
        nargs="?",
        default="",
        metavar="FILE|LINK",
        help=_("open a workflow file, or the deployment that a link leads to"),
    )
    parser.add_argument(
        "--open", default="", dest="open_file", metavar="FILE", help=_("open a workflow file")
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
    _reject_arguments_after_link(parser, arguments)
    found = vars(parser.parse_args(arguments))
    target, file = found.pop("what"), found.pop("open_file")
    if target and file:
        parser.error(_("one thing can be opened at a time"))
    return Options(open_target=_open_target(parser, target or file), **found)


def _reject_arguments_after_link(parser: argparse.ArgumentParser, arguments: list[str]) -> None:
    """Requires that a link is the last argument.

    A link comes from a foreign web page, and on systems that paste it into a command line it could
    add options.
    """
    prefix = f"{LINK_SCHEME}:"
    if any(argument[: len(prefix)].lower() == prefix for argument in arguments[:-1]):
        parser.error(_("nothing may follow a link"))


def _open_target(parser: argparse.ArgumentParser, text: str) -> str:
    if not text:
        return ""
    from runcomfy_desktop.app.open_requests import open_target

    try:
        return open_target(text)
    except OSError:
        parser.error(_("%s cannot be found: the folder you are in is gone") % text)
