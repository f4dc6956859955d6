"""Settings page for money: confirmations, spending limits, and machine prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from runcomfy_desktop.domain.deployments.hardware import HARDWARE, PRICES_AS_OF, list_price
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import money, one_line, shortened
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import growing_dialog
from runcomfy_desktop.ui.widgets.form_layout import (
    FormLayout,
    error_label,
    hint_label,
    show_field_error,
)
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column
from runcomfy_desktop.ui.widgets.number_fields import UsdField, usd_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.settings import Settings

_MAX_SKU_CHARS = 16


@dataclass(frozen=True, slots=True)
class _AmountField:
    """Field for a limit or for a machine's price, with its error label."""

    field: UsdField
    error_label: QLabel


class SpendingPage(QWidget):
    """Edits limits and prices.

    Emits `validated` when the result of `error` may have changed. `known_skus` are machine types of
    the user's deployments and jobs, which may be missing in RunComfy's list.
    """

    validated = Signal()

    def __init__(self, known_skus: Iterable[str], parent: QWidget) -> None:
        super().__init__(parent)
        # By the names of their settings: fields, each with its label for errors.
        self._limits: dict[str, _AmountField] = {}
        self._table = QGridLayout()
        self._defaults_button = text_button(_("Use the usual prices"), "usual_prices", self)
        self._prices: dict[str, _AmountField] = {}
        self._build()
        for sku in (*HARDWARE, *sorted(set(known_skus) - set(HARDWARE))):
            self._add_machine(sku)
        self._defaults_button.clicked.connect(self._on_defaults_clicked)

    def load(self, settings: Settings) -> None:
        for name, limit in self._limits.items():
            limit.field.show_usd(getattr(settings, name))
        own_prices = dict(settings.prices)
        for sku in own_prices:
            self._add_machine(sku)
        for sku, price in self._prices.items():
            price.field.show_usd(own_prices.get(sku, 0.0))
        self._validate()

    def values(self) -> dict[str, Any]:
        """Returns the values to save; call it only if `error` returns ""."""
        own_prices = ((sku, price.field.usd) for sku, price in self._prices.items())
        return {
            **{name: limit.field.usd for name, limit in self._limits.items()},
            "prices": tuple((sku, usd) for sku, usd in own_prices if usd),
        }

    def error(self) -> str:
        """Returns the error that prevents saving the page, "" for none."""
        fields = (*self._limits.values(), *self._prices.values())
        return next(filter(None, (usd_error(each.field) for each in fields)), "")

    def _build(self) -> None:
        self.setObjectName("money_page")
        about = _(
            "In USD an hour. The usual prices are RunComfy's, pay as you go, as of %s; if yours "
            "are others, on another plan for example, put them in. All sums rest on them: they are "
            "estimates, and RunComfy's bill may differ."
        )
        column(
            self._build_limits(),
            2 * STEP,
            heading_label(_("Prices of machines"), "prices_title", self, 1.0),
            hint_label(about % PRICES_AS_OF, self),
            self._table,
            self._defaults_button,
            STRETCH,
            owner=self,
            spacing=3 * STEP,
            margins=(0, 0, 3 * STEP, 0),
        )
        self._table.setHorizontalSpacing(4 * STEP)
        self._table.setVerticalSpacing(STEP)
        self._table.setColumnStretch(1, 1)
        for number, text in enumerate((_("Machine"), "", _("Usual"), _("Yours"))):
            self._table.addWidget(muted_label(text, "prices_heading", self), 0, number)

    def _build_limits(self) -> FormLayout:
        form = FormLayout()
        for name, fault_name, text, accessible_name, about in (
            (
                "ask_from_usd",
                "ask_from_usd_fault",
                _("&Ask from ($)"),
                _("Ask before so much money, in USD"),
                _("Before so much is spent at once. Empty never asks."),
            ),
            (
                "batch_limit_usd",
                "batch_limit_fault",
                _("Limit per &batch ($)"),
                _("Limit for a batch, in USD"),
                _("What would pass it is held, not sent. Empty is no limit."),
            ),
            (
                "day_limit_usd",
                "day_limit_fault",
                _("Limit per &day ($)"),
                _("Limit for a day, in USD"),
                _("The same for all jobs of a day. Running jobs go on."),
            ),
        ):
            field = UsdField(name, accessible_name, self)
            limit = _AmountField(field, error_label(fault_name, self))
            field.textChanged.connect(self._validate)
            self._limits[name] = limit
            form.add_row(text, field, field, hint_label(about, self), limit.error_label)
        return form

    def _add_machine(self, sku: str) -> None:
        if not sku or sku in self._prices:
            return
        name, default_price = one_line(sku), list_price(sku)
        field = UsdField(f"price_{sku}", _("Your price for %s, in USD an hour") % name, self)
        price = _AmountField(field, error_label(f"price_{sku}_fault", self))
        self._prices[sku] = price
        hardware = HARDWARE.get(sku)
        about = (
            _("%s, %d GB") % (hardware.gpu, hardware.vram_gb) if hardware else _("not on the list")
        )
        row = 2 * len(self._prices)
        cells = (
            plain_label(shortened(name, _MAX_SKU_CHARS), "price_machine", self),
            muted_label(about, "price_about", self),
            plain_label(
                money(default_price) if default_price is not None else _("not known"),
                "price_usual",
                self,
            ),
            field,
        )
        for number, cell in enumerate(cells):
            self._table.addWidget(cell, row, number)
        self._table.addWidget(price.error_label, row + 1, 0, 1, len(cells))
        field.setPlaceholderText(_("usual") if default_price is not None else "")
        field.textChanged.connect(self._validate)

    def _on_defaults_clicked(self) -> None:
        for price in self._prices.values():
            price.field.clear()

    def _validate(self) -> None:
        with growing_dialog(self):
            for each in (*self._limits.values(), *self._prices.values()):
                show_field_error(each.field, each.error_label, usd_error(each.field))
        self.validated.emit()
