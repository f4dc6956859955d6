"""Input values as plain text: at rest, for the filter and for screen readers; never as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from runcomfy_desktop.core.media.media_checker import OriginalState
from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_types import OTHER, MediaFamily, type_of
from runcomfy_desktop.domain.schema.curve import curve_points
from runcomfy_desktop.domain.schema.schema import MAX_EDITED_CHARS, InputKind, InputSpec
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import duration, file_size, one_line, pixel_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import Node
    from runcomfy_desktop.ui.input_tree.rows.input_row import InputRow, NodeRow

# A value can be megabytes long; more than this is not read at a glance.
_MAX_SHOWN_CHARS = 1200
_MAX_SPOKEN_CHARS = 200
_MAX_TOOLTIP_CHARS = 2000
# Length of the start of a data address that contains its media type.
_DATA_HEADER_CHARS = 200
_MAX_FIXED = 10**15
_MAX_POINTS = 8
_MAX_VALUES = 200
_MEDIA_FAMILIES = {
    InputKind.IMAGE: MediaFamily.IMAGE,
    InputKind.VIDEO: MediaFamily.VIDEO,
    InputKind.AUDIO: MediaFamily.AUDIO,
    InputKind.MESH: MediaFamily.MESH,
}
_ICONS = {
    MediaFamily.IMAGE: "image",
    MediaFamily.VIDEO: "film",
    MediaFamily.AUDIO: "music",
    MediaFamily.MESH: "cube",
}


def value_text(value: Value, spec: InputSpec) -> str:
    """Returns the text shown in an input's field; several lines only for TEXT."""
    if isinstance(value, MediaFile):
        return one_line(value.name)
    if value is None and spec.kind.is_editable:
        return ""
    if value is None and spec.kind is InputKind.OTHER and spec.is_required:
        return _("not linked")
    if spec.kind in _FORMATTERS:
        return _FORMATTERS[spec.kind](value)
    if isinstance(value, bool) and spec.kind is InputKind.BOOLEAN:
        return boolean_text(value, spec)
    if isinstance(value, str):
        if spec.kind is InputKind.TEXT:
            return value[:_MAX_SHOWN_CHARS]
        return (
            media_name(value, spec.kind)
            if spec.kind.is_media
            else one_line(value[:_MAX_SHOWN_CHARS])
        )
    if isinstance(value, float) and spec.kind is InputKind.FLOAT:
        return float_text(value, spec.decimals)
    if isinstance(value, int) and not isinstance(value, bool):
        is_float = spec.kind is InputKind.FLOAT
        return float_text(value, spec.decimals) if is_float else str(value)
    return one_line(json_preview(value, _MAX_SHOWN_CHARS))


def chosen_values(value: object) -> list[Json]:
    """Returns the chosen values of a multiple choice: a list, or an object around it."""
    inner = value.get("__value__") if isinstance(value, dict) else value
    return list(inner) if isinstance(inner, list) else []


def field_names(kind: InputKind) -> tuple[str, ...]:
    """Returns the keys of the numbers in a value of this kind."""
    return {
        InputKind.BOX: ("x", "y", "width", "height"),
        InputKind.RANGE: ("min", "max"),
    }[kind]


def field_label(name: str) -> str:
    """Returns the caption of a number's field."""
    return {
        "x": _("x"),
        "y": _("y"),
        "width": _("width"),
        "height": _("height"),
        "min": _("from"),
        "max": _("to"),
    }[name]


def field_text(value: object, name: str) -> str:
    """Returns one of the numbers in a value, as text."""
    number = value.get(name) if isinstance(value, dict) else None
    if isinstance(number, float):
        return float_text(number, 0)
    return "" if number is None else one_line(json_preview(number, _MAX_SPOKEN_CHARS))


def _fields_text(value: Value, kind: InputKind) -> str:
    names = field_names(kind)
    return ", ".join(f"{field_label(name)} {field_text(value, name) or '–'}" for name in names)


def _multi_text(value: Value) -> str:
    values = chosen_values(value)[:_MAX_VALUES]
    shown = ", ".join(str(each)[:_MAX_SHOWN_CHARS] for each in values)
    return one_line(shown[:_MAX_SHOWN_CHARS]) or _("none")


def _curve_text(value: Value) -> str:
    points = () if isinstance(value, MediaFile) else curve_points(value)
    if not points:
        return (
            one_line(json_preview(value, _MAX_SHOWN_CHARS))
            if not isinstance(value, MediaFile)
            else ""
        )
    shown = "; ".join(f"{point.x:g}, {point.y:g}" for point in points[:_MAX_POINTS])
    count = n_("%d point", "%d points", len(points)) % len(points)
    return f"{count}: {shown}" + ("; …" if len(points) > _MAX_POINTS else "")


_FORMATTERS: dict[InputKind, Callable[[Value], str]] = {
    InputKind.MULTI: _multi_text,
    InputKind.CURVE: _curve_text,
    InputKind.BOX: lambda value: _fields_text(value, InputKind.BOX),
    InputKind.RANGE: lambda value: _fields_text(value, InputKind.RANGE),
}


def float_text(value: float, decimals: int) -> str:
    """Returns a number with the input's decimals if that is exact, else with all its digits."""
    if not -_MAX_FIXED < value < _MAX_FIXED:
        # Written out, 1e300 has 301 digits; and an integer may be larger than any float.
        return repr(value)
    rounded = f"{value:.{decimals}f}"
    return rounded if float(rounded) == value else repr(value)


def boolean_text(value: bool, spec: InputSpec) -> str:
    if value:
        return one_line(spec.label_on) or _("On")
    return one_line(spec.label_off) or _("Off")


def seed_mode_text(mode: SeedMode) -> str:
    return {
        SeedMode.KEEP: _("Keep"),
        SeedMode.RANDOM: _("Random each run"),
        SeedMode.COUNT_UP: _("Count up"),
    }[mode]


def placeholder_text(spec: InputSpec) -> str:
    """Returns the placeholder of an empty field."""
    if spec.placeholder:
        return one_line(spec.placeholder)
    if spec.is_remote:
        return _("Chosen on the machine: type the name")
    return "" if spec.kind in (InputKind.STRING, InputKind.TEXT) else one_line(spec.type_name)


def is_address(value: Value) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def is_data_address(value: Value) -> bool:
    return isinstance(value, str) and value.startswith("data:")


def media_name(value: Value, kind: InputKind = InputKind.IMAGE) -> str:
    """Returns the name of a media input's file, or the last part of its address."""
    if isinstance(value, MediaFile):
        return one_line(value.name)
    if is_data_address(value):
        return {
            InputKind.IMAGE: _("Embedded picture"),
            InputKind.VIDEO: _("Embedded video"),
            InputKind.AUDIO: _("Embedded sound"),
        }.get(kind, _("Embedded file"))
    if is_address(value):
        assert isinstance(value, str)
        return one_line(address_name(value) or value)
    if isinstance(value, str) and value:
        return one_line(value)
    return {
        InputKind.IMAGE: _("No picture"),
        InputKind.VIDEO: _("No video"),
        InputKind.AUDIO: _("No sound"),
    }.get(kind, _("No file"))


def drop_hint(kind: InputKind) -> str:
    """Returns the hint that names the files a media field accepts by drag and drop."""
    return {
        InputKind.IMAGE: _("Drop an image or a web address here"),
        InputKind.VIDEO: _("Drop a video or a web address here"),
        InputKind.AUDIO: _("Drop a sound file or a web address here"),
    }.get(kind, _("Drop a file or a web address here"))


def media_icon(value: Value, kind: InputKind) -> str:
    """Returns the icon for a file without a picture: of its type, else of the expected type."""
    family = (
        value.family
        if isinstance(value, MediaFile)
        else _MEDIA_FAMILIES.get(kind, MediaFamily.OTHER)
    )
    return _ICONS.get(family, "file")


def address_name(address: str) -> str:
    """Returns the file name at the end of an address; "" if there is none."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return unquote(path.rpartition("/")[2])


def media_info(value: Value, *, with_size: bool = True) -> str:
    """Returns a summary like `1536 × 1024 · 184 KB · sent inline as JPEG`.

    The summary of a video or a sound includes its length. `with_size` False leaves out the size of
    a large file, which is shown elsewhere.
    """
    if isinstance(value, MediaFile):
        info = [pixel_size(value.width, value.height)] if value.width and value.height else []
        info += [duration(value.length_s)] if value.length_s else []
        if with_size or not value.is_above_inline_limit:
            info.append(file_size(value.size_bytes))
        if not value.is_above_inline_limit:
            info.append(_("sent inline as %s") % _mime_name(value.mime))
        return " · ".join(info)
    if is_data_address(value):
        assert isinstance(value, str)
        # The address may be megabytes long: only its head is copied.
        header = value[len("data:") : _DATA_HEADER_CHARS]
        mime = header.partition(",")[0].partition(";")[0]
        data_start = value.find(",") + 1 or len(value)
        size = file_size((len(value) - data_start) * 3 // 4)
        return f"{size} · " + _("sent inline as %s") % _mime_name(mime)
    if is_address(value):
        return _("sent by address")
    if isinstance(value, str) and value:
        return _("lies in the deployment")
    return _("nothing is sent")


def origin_text(file: MediaFile, original: OriginalState) -> str:
    """Returns the location of a kept file's original, and a note if that is deleted or changed."""
    location = _("From %s") % one_line(file.path)
    if original is OriginalState.GONE:
        status = _("The original is not there any more. The copy that was kept is sent.")
        return f"{location}\n{status}"
    if original is OriginalState.CHANGED:
        return f"{location}\n" + _("The copy of that time is sent, until you take the new one.")
    return location


def accessible_text(row: InputRow) -> str:
    """Returns a sentence for screen readers: name, value, whether changed, and issue."""
    text = value_text(row.value, row.spec)
    if row.spec.kind is InputKind.LINK:
        text = link_text(row)
    elif row.spec.kind.is_media:
        text = f"{media_name(row.value, row.spec.kind)}, {media_info(row.value)}"
    parts = [f"{row.name}: {one_line(text[:_MAX_SPOKEN_CHARS]) or _('empty')}"]
    if row.spec.is_seed:
        parts.append(seed_mode_text(row.seed_mode))
    if row.spec.kind is InputKind.OTHER:
        parts.append(read_only_text(row))
    if row.expands:
        parts.append(_("words chosen for each run"))
    if row.is_changed:
        parts.append(_("changed"))
    if row.issue is not None:
        parts.append(issue_text(row.issue))
    return ", ".join((*parts, *pin_texts(row)))


def pin_texts(row: InputRow) -> tuple[str, ...]:
    """Returns the text that only the form of the essentials has: whose input it is, and a hint."""
    whose = _("of %s") % row.node_title if row.node_title else ""
    return tuple(text for text in (whose, row.hint) if text)


def accessible_node_text(node: NodeRow) -> str:
    number = f"#{node.node_id}" if node.node_id else ""
    parts = (node.title, node.class_type, number, *node.class_labels)
    return ", ".join(part for part in parts if part)


def node_class_labels(node: Node, schema: NodeSchema | None) -> tuple[str, ...]:
    """Returns notes about a node's class that users should see before using or paying for it."""
    node_class = None if schema is None else schema.node_class(node.class_type)
    if node_class is None:
        return ()
    labels = (
        (node_class.is_api_node, _("paid partner node")),
        (node_class.is_deprecated, _("deprecated")),
        (node_class.is_experimental, _("experimental")),
    )
    return tuple(text for applies, text in labels if applies)


def issue_text(issue: InputIssue) -> str:
    """Returns an issue with its severity as a word, and its quick fix."""
    text = (_("Error: %s") if issue.blocks else _("Warning: %s")) % one_line(
        issue.text[:_MAX_SHOWN_CHARS]
    )
    if issue.quick_fix is None:
        return text
    return text + " " + _("Alt+Enter: %s.") % one_line(issue.quick_fix.label)


def link_text(row: InputRow) -> str:
    """Returns where a linked value comes from, or the values of several links."""
    if not row.folded_links:
        return _("from %s") % one_line(row.source_title)
    return ", ".join(_("%s from %s") % link for link in row.folded_links)


def read_only_text(row: InputRow) -> str:
    """Returns the note shown for a value that has no editor in the tree."""
    return _("edited in a window") if is_long_text(row) else _("read-only")


def is_long_text(row: InputRow) -> bool:
    """Returns True for text that has no editor in the tree only because of its length."""
    is_text = row.spec.kind is InputKind.OTHER and isinstance(row.value, str)
    return is_text and len(str(row.value)) > MAX_EDITED_CHARS


def read_only_reason(row: InputRow) -> str:
    if is_long_text(row):
        return _("This text is too long for the tree. Enter or F11 opens it in a window.")
    return _("This kind of value is kept and sent as it is. It cannot be edited here.")


def tooltip_text(row: InputRow) -> str:
    """Returns the description and limits of an input as plain text."""
    spec = row.spec
    if row.folded_links:
        lines = [_("%s from %s") % link for link in row.folded_links]
        return "\n".join(lines)[:_MAX_TOOLTIP_CHARS]
    lines = [row.key.name + (f"  ({spec.type_name})" if spec.type_name else "")]
    if row.node_title:
        lines.append(_("Of the node %s.") % row.node_title)
    if spec.is_advanced:
        lines.append(_("For advanced use."))
    lines += [text for text in (row.hint, spec.tooltip) if text]
    if spec.minimum is not None and spec.maximum is not None:
        lines.append(_("From %s to %s.") % (spec.minimum, spec.maximum))
    if spec.kind is InputKind.OTHER:
        lines.append(read_only_reason(row))
        lines.append(json_preview(row.original_value, _MAX_TOOLTIP_CHARS))
    elif row.is_changed and spec.kind is not InputKind.LINK:
        original = value_text(row.original_value, spec)[:_MAX_SPOKEN_CHARS]
        lines.append(_("In the workflow: %s") % (one_line(original) or _("empty")))
    return "\n".join(lines)[:_MAX_TOOLTIP_CHARS]


def _mime_name(mime: str) -> str:
    known = type_of(mime)
    if known is not OTHER:
        return known.name
    return one_line(mime.rpartition("/")[2].partition("+")[0].upper()) or _("a file")
