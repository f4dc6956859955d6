"""Every folder and file on disk, from one base folder."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from runcomfy_desktop.i18n import _

_APP = "runcomfy-desktop"


@dataclass(frozen=True, slots=True)
class SessionPaths:
    """What belongs to one service: jobs, drafts and media of the account or of the demo."""

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
        """Keeps which files in `media` nothing names any more, and since when."""
        return self.folder / "media-cleaning.json"

    @property
    def workflow_backups(self) -> Path:
        """Workflows of deployments that were deleted with edits of theirs in use."""
        return self.folder / "workflows"

    @property
    def preset_preferences(self) -> Path:
        """Which presets are favourites, and which belong to which deployment."""
        return self.folder / "preset-marks.json"

    @property
    def pins(self) -> Path:
        return self.folder / "pins.json"

    @property
    def sweeps(self) -> Path:
        """What grids look like; their jobs are in the history."""
        return self.folder / "sweeps"

    @property
    def schemas(self) -> Path:
        """What the inputs of deployments take, kept between starts; it may be removed."""
        return self.folder / "schemas"

    @property
    def deployments(self) -> Path:
        """Deployments as they were read last, for when there is no network; it may be removed."""
        return self.folder / "deployments"


@dataclass(frozen=True, slots=True)
class Paths:
    """All places the program writes to, apart from the output folder that the person chooses."""

    base: Path
    outputs: Path

    @property
    def settings(self) -> Path:
        return self.base / "settings.json"

    @property
    def data_version(self) -> Path:
        """The note that says which version the data in this folder have."""
        return self.base / "data-version.json"

    @property
    def window_state(self) -> Path:
        return self.base / "window.ini"

    @property
    def logs(self) -> Path:
        return self.base / "logs"

    @property
    def wildcards(self) -> Path:
        """The person's files of words for prompts, where no other folder is chosen."""
        return self.base / "wildcards"

    @property
    def lock(self) -> Path:
        return self.base / "window.lock"

    @property
    def presets(self) -> Path:
        """The usual place of presets, shared by account and demo; the person may choose another."""
        return self.base / "presets"

    @property
    def preset_trash(self) -> Path:
        """Deleted presets, kept for a while."""
        return self.base / "deleted-presets"

    @property
    def demo_service(self) -> Path:
        """Where the running demo service is, so that a restarted window finds it again."""
        return self.base / "demo" / "service.json"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """All folders that nobody but this program writes to."""
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
            )
        ]
        return (self.base, *(each.folder for each in sessions), *subfolders)

    def session(self, *, demo: bool) -> SessionPaths:
        return SessionPaths(self.base / ("demo" if demo else "account"))


def find_paths(data_dir: Path | None) -> Paths:
    """The paths for a data folder given by the person, or for the system's usual places.

    Raises OSError with the reason: there can be no such folder.
    """
    if data_dir is not None:
        base = _resolve(data_dir)
        return Paths(base, base / "outputs")
    # Only now: it is not needed for a folder that was given, and the first frame waits for it.
    import platformdirs

    base = _resolve(Path(platformdirs.user_data_dir(_APP, appauthor=False)))
    return Paths(base, Path(platformdirs.user_pictures_dir()) / "RunComfy")


def _resolve(folder: Path) -> Path:
    """The folder, there or not, without links and short forms: one folder has one lock and one
    socket, by whichever name it is reached."""
    try:
        resolved = folder.expanduser()
    except RuntimeError:
        reason = _("there is no such user")
        raise OSError(errno.ENOENT, reason, str(folder)) from None
    try:
        resolved.stat()
    except FileNotFoundError:
        # It will be made.
        pass
    except OSError as error:
        if error.errno == errno.ELOOP:
            reason = _("its links lead in a circle")
            raise OSError(errno.ELOOP, reason, str(folder)) from None
        raise
    return resolved.resolve()
