"""InputSpec: the editor and the allowed values of one input of a node."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


class InputKind(Enum):
    """Kind of an input's editor. LINK and OTHER are read-only."""

    INT = "int"
    FLOAT = "float"
    STRING = "string"
    TEXT = "text"
    """Multi-line STRING."""
    BOOLEAN = "boolean"
    COMBO = "combo"
    MULTI = "multi"
    """Several of the choices: `{"__value__": [...]}`, as a bare list would be taken for a link."""
    COLOR = "color"
    """`#rrggbb`."""
    BOX = "box"
    """`{x, y, width, height}`."""
    CURVE = "curve"
    """`{points, interpolation}`."""
    RANGE = "range"
    """`{min, max, ...}`."""
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    MESH = "mesh"
    """A 3D model, or any other file that a node takes."""
    LINK = "link"
    OTHER = "other"

    @property
    def is_editable(self) -> bool:
        return self not in (InputKind.LINK, InputKind.OTHER)

    @property
    def is_media(self) -> bool:
        """True if the value is a file: sent inline, by address, or one in the container."""
        return self in _MEDIA_KINDS


# A tuple, not a set: for ten thousand inputs, the look-up is faster without hashing.
_MEDIA_KINDS = (InputKind.IMAGE, InputKind.VIDEO, InputKind.AUDIO, InputKind.MESH)


@dataclass(frozen=True, slots=True)
class InputSpec:
    """Editor and allowed values of one input.

    `minimum`/`maximum` are None if there is no limit; `step`, `decimals` and `round_to` are for
    editors only, ComfyUI checks none of them. `choices` is non-empty for COMBO and MULTI, and only
    informative for media (names of files in the deployment's container). `default` is the class's
    value for an input that is not saved. `is_dynamic` is true if the choice controls which other
    inputs exist, `is_remote` if the choices come from the running instance. `label` is the name for
    users that the class gives the input, "" for none. `is_known` is false if no schema describes
    the input.
    """

    kind: InputKind
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: float | None = None
    decimals: int = 2
    choices: tuple[str | int | float, ...] = ()
    label_on: str = ""
    label_off: str = ""
    placeholder: str = ""
    tooltip: str = ""
    is_seed: bool = False
    type_name: str = ""
    is_known: bool = True
    is_slider: bool = False
    round_to: float | None = None
    default: Json = None
    is_required: bool = False
    is_remote: bool = False
    is_dynamic: bool = False
    takes_mask: bool = False
    is_advanced: bool = False
    label: str = ""
