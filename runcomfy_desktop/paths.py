"""Paths of all folders and files on disk, derived from one base folder."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from runcomfy_desktop.i18n import _

_APP = "runcomfy-desktop"


@dataclass(frozen=True, slots=True)
class SessionPaths:
    """Paths for one service: jobs, drafts and media of the account or of the demo."""

    folder: Path

    @property
    def history(self) -> Path:
        return self.folder / "history.sqlite"

    @property
    def drafts(self) -> Path:
        return self.folder / "drafts"

    @property
    def draft_in_view(self) -> Path:
        return self.folder / "draft-in-view.json"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def media_cleaning_state(self) -> Path:
        """Record of the files in `media` that are no longer referenced, and since when."""
        return self.folder / "media-cleaning.json"

    @property
    def workflow_backups(self) -> Path:
        """Workflows of deployments that had open or stored drafts when they were deleted."""
        return self.folder / "workflows"

    @property
    def preset_preferences(self) -> Path:
        """Favourite presets, and the presets assigned to deployments."""
        return self.folder / "preset-marks.json"

    @property
    def pins(self) -> Path:
        return self.folder / "pins.json"

    @property
    def sweeps(self) -> Path:
        """Definitions of grids; their jobs are in the history."""
        return self.folder / "sweeps"

    @property
    def schemas(self) -> Path:
        """Cache of the input schemas of deployments; it may be deleted."""
        return self.folder / "schemas"

    @property
    def deployments(self) -> Path:
        """Cache of the deployments as last read, for use without a network; it may be deleted."""
        return self.folder / "deployments"

    @property
    def thumbnails(self) -> Path:
        """Small copies of large pictures, to show them at once; it may be deleted."""
        return self.folder / "thumbnails"


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of everything the program writes, except the output folder chosen by the user."""

    base: Path
    outputs: Path

    @property
    def settings(self) -> Path:
        return self.base / "settings.json"

    @property
    def data_version(self) -> Path:
        """Version of the data in this folder."""
        return self.base / "data-version.json"

    @property
    def window_state(self) -> Path:
        return self.base / "window.ini"

    @property
    def logs(self) -> Path:
        return self.base / "logs"

    @property
    def wildcards(self) -> Path:
        """The user's word lists for prompts, unless another folder is chosen."""
        return self.base / "wildcards"

    @property
    def lock(self) -> Path:
        return self.base / "window.lock"

    @property
    def presets(self) -> Path:
        """Default folder for presets, shared by account and demo; the user may choose another."""
        return self.base / "presets"

    @property
    def preset_trash(self) -> Path:
        """Deleted presets, kept for 30 days."""
        return self.base / "deleted-presets"

    @property
    def demo_service(self) -> Path:
        """File with the address of the running demo service, for a window that is started again."""
        return self.base / "demo" / "service.json"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """All folders that only this program writes to."""
        sessions = [self.session(demo=demo) for demo in (False, True)]
        subfolders = [
            path
            for each in sessions
            for path in (
                each.drafts,
                each.media,
                each.workflow_backups,
                each.sweeps,
                each.schemas,
                each.deployments,
                each.thumbnails,
            )
        ]
        return (self.base, *(each.folder for each in sessions), *subfolders)

    def session(self, *, demo: bool) -> SessionPaths:
        return SessionPaths(self.base / ("demo" if demo else "account"))


def find_paths(data_dir: Path | None) -> Paths:
    """Returns the paths for a data folder given by the user, or for the system's default folders.

    Raises OSError with the reason if the folder cannot be used.
    """
    if data_dir is not None:
        base = _resolve(data_dir)
        return Paths(base, base / "outputs")
    # Imported late: not needed if a folder is given, and the first frame waits for it.
    import platformdirs

    base = _resolve(Path(platformdirs.user_data_dir(_APP, appauthor=False)))
    return Paths(base, Path(platformdirs.user_pictures_dir()) / "RunComfy")


def _resolve(folder: Path) -> Path:
    """Returns the folder, which may not exist, without links and short forms.

    Each folder then has one lock and one socket, whatever name is used for it.
    """
    try:
        resolved = folder.expanduser()
    except RuntimeError:
        reason = _("there is no such user")
        raise OSError(errno.ENOENT, reason, str(folder)) from None
    try:
        resolved.stat()
    except FileNotFoundError:
        # It will be created.
        pass
    except OSError as error:
        if error.errno == errno.ELOOP:
            reason = _("its links lead in a circle")
            raise OSError(errno.ELOOP, reason, str(folder)) from None
        raise
    return resolved.resolve()
