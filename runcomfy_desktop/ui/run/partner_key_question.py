"""The question before a run whose partner nodes have no key: they would fail on a paid machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.widgets.dialog import Dialog

DIALOG_NAME = "confirm_without_key"


def ask_without_key(
    parent: QWidget, on_yes: Callable[[], object], on_settings: Callable[[], object]
) -> Dialog:
    """Runs anyway, leads to the settings, or leaves it."""
    return ask_confirmation(
        parent,
        DIALOG_NAME,
        title=_("Run without a Comfy.org key?"),
        text=_(
            "This workflow has paid partner nodes. Without your Comfy.org key they fail, unless "
            "the deployment has a key of its own, and the machine is billed all the same."
        ),
        button_text=_("Run anyway"),
        on_yes=on_yes,
        alternative=(_("Add the key…"), on_settings),
    )
