"""Checks whether an input accepts a file and how the file may be sent, with texts for users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.file_sizes import file_size
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.media import media
from runcomfy_desktop.domain.media.media import ADDRESS_LIMITS, address_error
from runcomfy_desktop.domain.media.media_types import FileType, MediaFamily, named_type
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.media.media import MediaFile

_DATA_PREFIX_BYTES = 100
# ComfyUI reads the sound of a video, and nodes for models accept any file.
_ACCEPTED_FAMILIES: Mapping[InputKind, frozenset[MediaFamily]] = {
    InputKind.IMAGE: frozenset({MediaFamily.IMAGE}),
    InputKind.VIDEO: frozenset({MediaFamily.VIDEO}),
    InputKind.AUDIO: frozenset({MediaFamily.AUDIO, MediaFamily.VIDEO}),
    InputKind.MESH: frozenset(MediaFamily),
}

_FAMILY_OF_KIND = {kind: MediaFamily(kind.value) for kind in _ACCEPTED_FAMILIES}


def accepts(kind: InputKind, file_type: FileType) -> bool:
    """Returns True if an input of this kind can use such a file."""
    # A GIF is a picture, but most nodes for videos accept it as well.
    is_film = kind is InputKind.VIDEO and file_type.mime == "image/gif"
    return is_film or file_type.family in _ACCEPTED_FAMILIES.get(kind, frozenset(MediaFamily))


def misfit_text(file: MediaFile, kind: InputKind) -> str:
    """Returns the reason why a file does not fit an input of this kind; "" if it does.

    The reason holds no matter how the file is sent.
    """
    error = _kind_error(file, kind)
    is_unread = file.family is MediaFamily.IMAGE and not (file.width and file.height)
    # An input that takes any file does not require a readable picture.
    if not error and is_unread and kind is not InputKind.MESH:
        return _("%s is damaged or cut off.") % one_line(file.name)
    return error


def media_error(file: MediaFile, kind: InputKind) -> str:
    """Returns the reason why a file cannot go to an input of this kind; "" if it can.

    A size limit that RunComfy only recommends is not a reason: see `large_media`.
    """
    error = _kind_error(file, kind)
    if error or not file.is_above_inline_cap:
        return error
    return _too_large_text(file.size_bytes, file.family, is_file=True)


def media_text_error(value: str, kind: InputKind) -> str:
    """Returns the error in the string value of a media input; "" if there is none.

    The value is the name of a file in the container, an address, or data.
    """
    if not value:
        return nothing_chosen_text(kind)
    if value.startswith("data:"):
        # Base64 encodes three bytes as four characters.
        size_bytes = len(value) * 3 // 4
        if size_bytes > media.INLINE_CAP_BYTES + _DATA_PREFIX_BYTES:
            return _too_large_text(size_bytes, _FAMILY_OF_KIND.get(kind, MediaFamily.OTHER))
        return ""
    return address_error(value) if "://" in value else ""


def nothing_chosen_text(kind: InputKind) -> str:
    return {
        InputKind.IMAGE: _("No picture is chosen."),
        InputKind.VIDEO: _("No video is chosen."),
        InputKind.AUDIO: _("No sound is chosen."),
    }.get(kind, _("No file is chosen."))


def wrong_kind_text(name: str, found: FileType, kind: InputKind) -> str:
    """Returns a message about a file of the wrong kind for an input.

    It names the file's kind, the kind that its name claims if different, and the accepted kind.
    """
    name = one_line(name)
    claimed = named_type(name)
    if claimed is not None and claimed.family is not found.family:
        text = _("%s is %s and not %s as its name says.")
        what = text % (name, _type_text(found), _type_text(claimed))
    else:
        what = _("%s is %s.") % (name, _type_text(found))
    wanted = {
        InputKind.IMAGE: _("This input takes pictures."),
        InputKind.VIDEO: _("This input takes videos."),
        InputKind.AUDIO: _("This input takes sound."),
    }.get(kind, "")
    return f"{what} {wanted}".rstrip()


def _kind_error(file: MediaFile, kind: InputKind) -> str:
    if not kind.is_media:
        return _("This input takes no files, so %s cannot go there.") % one_line(file.name)
    return "" if accepts(kind, file.type) else wrong_kind_text(file.name, file.type, kind)


def _type_text(kind: FileType) -> str:
    """Returns text such as `a video (MP4)`."""
    text = {
        MediaFamily.IMAGE: _("a picture (%s)"),
        MediaFamily.VIDEO: _("a video (%s)"),
        MediaFamily.AUDIO: _("a sound file (%s)"),
        MediaFamily.MESH: _("a 3D model (%s)"),
    }.get(kind.family)
    return _("a file of another kind") if text is None else text % kind.name


def _too_large_text(size_bytes: int, family: MediaFamily, *, is_file: bool = False) -> str:
    """Returns the error for a large file; only pictures on disk (`is_file`) can be shrunk."""
    text = _("%s is too large to send inline (at most %s). Use an address instead.")
    if is_file and family is MediaFamily.IMAGE:
        text = _("%s is too large to send inline (at most %s). Shrink it, or use an address.")
    text %= (file_size(size_bytes), limit_text(media.INLINE_CAP_BYTES))
    if size_bytes <= ADDRESS_LIMITS[family]:
        return text
    address_text = _("By address, too, about %s are recommended at most.")
    return f"{text} {address_text % limit_text(ADDRESS_LIMITS[family])}"


def limit_text(size_bytes: int) -> str:
    """Returns a size without decimals if it is a round number."""
    return file_size(size_bytes).replace(".0 ", " ")
