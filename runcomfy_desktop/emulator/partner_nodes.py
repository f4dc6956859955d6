"""Nodes that call a paid service elsewhere: without a key they fail, with one a picture comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from runcomfy_desktop.emulator.execution_step import RunError
from runcomfy_desktop.emulator.flow import DataFlow, LazyImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.execution_step import ExecutionStep

_SIZE = (256, 256)
_UNAUTHORIZED = "Unauthorized: Please login first to use this node."


def run(step: ExecutionStep) -> DataFlow:
    """The flow behind one of CLASSES. Raises RunError when nobody pays."""
    if not step.partner_key:
        raise RunError(_UNAUTHORIZED, step.node_id, "Exception")
    return HANDLERS[step.class_type](step)


def _postcard(step: ExecutionStep) -> DataFlow:
    """A plain card: its colour comes from the seed, as the real thing would come from afar."""
    seed = step.integer("seed", 0)
    colour = (seed * 37 % 200 + 40, seed * 91 % 200 + 40, seed * 53 % 200 + 40)
    return DataFlow(pictures=(LazyImage(_SIZE, lambda: Image.new("RGB", _SIZE, colour)),))


HANDLERS: dict[str, Callable[[ExecutionStep], DataFlow]] = {"PostcardImageApiNode": _postcard}
