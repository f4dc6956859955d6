"""Settings page for partner nodes: the key that they are billed to, never shown once stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.core.account.partner_key import partner_key_error
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.settings.secret_field import SecretField
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    error_label,
    field_with_button,
    hint_label,
    set_field_name,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column

if TYPE_CHECKING:
    from runcomfy_desktop.core.account.partner_key import PartnerKey, PartnerKeyState


class PartnerPage(QWidget):
    """Edits or removes the partner key.

    Emits `validated` when the result of `error` may have changed.
    """

    validated = Signal()

    def __init__(self, partner_key: PartnerKey, parent: QWidget) -> None:
        super().__init__(parent)
        self._partner_key = partner_key
        self._subscriptions = Subscriptions()
        self._field = SecretField(self, _("Kept; paste another to replace it"))
        self._remove = text_button(_("Remove"), "remove_partner_key", self)
        self._error_label = error_label("partner_key_fault", self)
        self._storage_hint = hint_label("", self)
        self._build()
        self._field.textChanged.connect(self._validate)
        self._field.emptied.connect(self._refresh)
        self._remove.clicked.connect(self._on_remove_clicked)
        self._subscriptions.add(partner_key.changed, lambda _state: self._refresh())
        self._refresh()

    def reset(self) -> None:
        """Discards everything typed or removed."""
        self._field.reset()
        self._refresh()

    def release(self) -> None:
        """Clears the typed key and stops following the stored one, because the dialog closes."""
        self._subscriptions.close()
        self._field.clear()

    def typed_key(self) -> str | None:
        """Returns the pasted key, "" to remove the stored one, None for no change."""
        return self._field.typed_secret()

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none."""
        problem = partner_key_error(self._field.text()) if self._field.text().strip() else None
        return "" if problem is None else problem.sentence()

    def _build(self) -> None:
        self.setObjectName("partner_page")
        set_field_name(self._field, "partner_key", _("Comfy.org key"))
        self._storage_hint.setObjectName("partner_key_place")
        self._remove.setAccessibleDescription(_("Removes the Comfy.org key when you choose OK"))
        about = _(
            "Partner nodes send their work to paid services of other companies. Comfy.org bills "
            "that to the account of this key, beside what the machine costs on RunComfy. Workflows "
            "without such nodes need no key."
        )
        sent = _(
            "You make a key at platform.comfy.org. It goes out with runs of workflows that have "
            "partner nodes, to your API address alone."
        )
        form = FormLayout()
        form.add_row(
            _("Comfy.org &key"),
            self._field,
            field_with_button(self, self._field, self._remove),
            self._error_label,
            self._storage_hint,
            hint_label(sent, self),
        )
        about_label = plain_label(about, "partner_about", self, wrap=True)
        column(about_label, form, STRETCH, owner=self, spacing=4 * STEP)

    def _on_remove_clicked(self) -> None:
        self._field.remove_stored()
        self._field.setFocus()

    def _refresh(self) -> None:
        state = self._partner_key.state
        self._field.set_stored(state.has_key)
        self._remove.setEnabled(state.has_key and self._field.typed_secret() != "")
        if not state.has_key and not self._field.text():
            self._field.setPlaceholderText(_("Paste the key here"))
        with growing_dialog(self):
            self._storage_hint.setText(key_storage_text(state))

    def _validate(self) -> None:
        with growing_dialog(self):
            show_field_error(self._field, self._error_label, self.error())
        self._refresh()
        self.validated.emit()


def key_storage_text(state: PartnerKeyState) -> str:
    """Returns where the key is stored, or where a new one would be."""
    if state.is_demo:
        return _("In the demo it is kept until the program ends, and does not leave this computer.")
    if state.place == "keyring":
        return _("Kept in the system keyring.")
    if state.place == "memory":
        return state.note or _("It is kept until the program ends.")
    if state.note:
        return state.note
    if state.has_keyring:
        return _("It will be kept in the system keyring.")
    return _("This computer has no system keyring, so it is kept until the program ends.")
