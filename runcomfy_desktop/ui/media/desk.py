"""The media desk: opens what works on an input's picture, and puts the result into the draft."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_types import Family
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.thumb import SizeWords
from runcomfy_desktop.ui.media.menu import is_own_picture
from runcomfy_desktop.ui.media.size_choice import size_menu, size_words
from runcomfy_desktop.ui.media.takers import Takers
from runcomfy_desktop.ui.outputs.background import Background

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.masks import MaskChannel
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.intake import Goal, Intake
    from runcomfy_desktop.ui.inputs.wells import WellLayer
    from runcomfy_desktop.ui.media.mask_painter import MaskPainter
    from runcomfy_desktop.ui.media.shrink_dialog import ShrinkDialog
    from runcomfy_desktop.ui.models.inputs import InputRow


class MediaDesk(QObject):
    """Lives as long as a session; its threads, too."""

    def __init__(self, workbench: Workbench, intake: Intake, folder: Path, place: QWidget) -> None:
        super().__init__(place)
        self._workbench = workbench
        self._intake = intake
        self._folder = folder
        self._place = place
        self._background = Background(self)
        self._takers = Takers()
        self._open: list[QDialog] = []
        self._served: list[WellLayer] = []
        self._large_pictures = workbench.state.large_pictures
        self._links = Subscriptions()
        self._links.add(workbench.changed, self._on_workbench_changed)

    def serve(self, wells: WellLayer) -> None:
        self._served.append(wells)
        wells.shrink_wished.connect(self.shrink)
        wells.mask_wished.connect(self.paint_mask)
        wells.size_wished.connect(self.choose_size)
        wells.takes_mask = self.takes_mask
        wells.size_words = self.size_words

    def close(self) -> None:
        """What is open belongs to a draft that goes now."""
        self._links.close()
        for wells in self._served:
            wells.takes_mask = lambda _key: False
            wells.size_words = lambda _row: SizeWords()
        for dialog in tuple(self._open):
            dialog.done(QDialog.DialogCode.Rejected)

    def shrink(self, key: InputKey) -> None:
        media = self._media(key)
        if media is None:
            return
        # Late: nobody needs it before the first picture is there.
        from runcomfy_desktop.ui.media.shrink_dialog import ShrinkDialog

        channel = self._channel_of(key)
        dialog = ShrinkDialog(media, self._background, self._place, channel=channel)
        label = _("Shrink %s") % one_line(media.name)
        dialog.chosen.connect(partial(self._keep, dialog, self._intake.goal(key), label))
        self._show(dialog)
        dialog.start(self._folder / media.stored_name)

    def takes_mask(self, key: InputKey) -> bool:
        """Whether a mask can be painted on the picture that an input has."""
        media = self._media(key)
        is_picture = media is not None and media.family is Family.IMAGE
        return is_picture and self._channel_of(key) is not None

    def size_words(self, row: InputRow) -> SizeWords:
        """The line on the file of an input; nothing for one of a usual size."""
        file, chosen = row.value, self._workbench.state.large_pictures
        if not isinstance(file, MediaFile) or not file.above_limit:
            return SizeWords()
        return size_words(
            file,
            chosen,
            is_picture=is_own_picture(row),
            has_mask=self._channel_of(row.key) is not None,
        )

    def choose_size(self, key: InputKey, button: QWidget) -> None:
        """Lets the user choose how large pictures are sent, by a menu below `button`."""
        bench = self._workbench
        chosen = bench.state.large_pictures
        wished = bench.large_pictures_wished.publish
        menu = size_menu(button, chosen, wished, lambda: self.shrink(key))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def paint_mask(self, key: InputKey) -> None:
        from runcomfy_desktop.ui.media.mask_painter import MaskPainter

        media, channel = self._media(key), self._channel_of(key)
        if media is None or channel is None:
            return
        dialog = MaskPainter(media, channel, self._background, self._place)
        label = _("Paint a mask on %s") % one_line(media.name)
        dialog.chosen.connect(partial(self._keep, dialog, self._intake.goal(key), label))
        self._show(dialog)
        dialog.start(self._folder / media.stored_name)

    def _on_workbench_changed(self, state: BenchState) -> None:
        if state.large_pictures is not self._large_pictures:
            self._large_pictures = state.large_pictures
            for wells in self._served:
                wells.look_again()

    def _show(self, dialog: QDialog) -> None:
        self._open.append(dialog)
        dialog.finished.connect(partial(self._forget, dialog))
        dialog.open()

    def _forget(self, dialog: QDialog, _result: int) -> None:
        self._open.remove(dialog)

    def _channel_of(self, key: InputKey) -> MaskChannel | None:
        return self._takers.channel_of(self._workbench.state, key)

    def _media(self, key: InputKey) -> MediaFile | None:
        draft = self._workbench.state.draft
        value = None if draft is None else draft.value(key)
        return value if isinstance(value, MediaFile) else None

    def _keep(
        self, dialog: MaskPainter | ShrinkDialog, goal: Goal, label: str, data: bytes, name: str
    ) -> None:
        """Nothing is lost with a dialog that stays open until the disk has what was made in it."""

        def ended(why_not: str) -> None:
            if dialog in self._open:
                dialog.end(why_not)

        take_back = self._intake.take_made(data, name, goal, label, ended)
        dialog.rejected.connect(take_back)
