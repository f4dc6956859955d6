"""The settings' page on money: when to ask, limits on spending, and prices of machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from runcomfy_desktop.domain.hardware import HARDWARE, PRICES_AS_OF, usual_price
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.dialogs.settings_form import SettingsForm, fault_label, hint, tell_fault
from runcomfy_desktop.ui.formatting import money, one_line, shortened
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.dialog import growing
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.number_fields import UsdField, usd_fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.settings import Settings

_SKU_LETTERS = 16


@dataclass(frozen=True, slots=True)
class _Price:
    """The field for a machine's price and what is wrong in it."""

    field: UsdField
    fault: QLabel


class MoneyPage(QWidget):
    """Edits limits and prices. Emits `checked` when `fault` may be another one.

    `seen` are machines of one's own deployments and jobs: of what is not on RunComfy's list.
    """

    checked = Signal()

    def __init__(self, seen: Iterable[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._ask_from = UsdField("ask_from_usd", _("Ask before so much money, in USD"), self)
        self._batch = UsdField("batch_limit_usd", _("Limit for a batch, in USD"), self)
        self._day = UsdField("day_limit_usd", _("Limit for a day, in USD"), self)
        self._faults = {
            self._ask_from: fault_label("ask_from_usd_fault", self),
            self._batch: fault_label("batch_limit_fault", self),
            self._day: fault_label("day_limit_fault", self),
        }
        self._table = QGridLayout()
        self._usual = text_button(_("Use the usual prices"), "usual_prices", self)
        self._prices: dict[str, _Price] = {}
        self._build()
        for sku in (*HARDWARE, *sorted(set(seen) - set(HARDWARE))):
            self._add_machine(sku)
        for field in self._faults:
            field.textChanged.connect(self._check)
        self._usual.clicked.connect(self._on_usual_clicked)

    def load(self, settings: Settings) -> None:
        self._ask_from.show_usd(settings.ask_from_usd)
        self._batch.show_usd(settings.batch_limit_usd)
        self._day.show_usd(settings.day_limit_usd)
        own = dict(settings.prices)
        for sku in own:
            self._add_machine(sku)
        for sku, price in self._prices.items():
            price.field.show_usd(own.get(sku, 0.0))
        self._check()

    def values(self) -> dict[str, Any]:
        """What is to be saved; only without a `fault`."""
        own = ((sku, price.field.usd) for sku, price in self._prices.items())
        return {
            "ask_from_usd": self._ask_from.usd,
            "batch_limit_usd": self._batch.usd,
            "day_limit_usd": self._day.usd,
            "prices": tuple((sku, usd) for sku, usd in own if usd),
        }

    def fault(self) -> str:
        """What keeps the page from being saved, "" when nothing does."""
        fields = (*self._faults, *(price.field for price in self._prices.values()))
        return next(filter(None, map(usd_fault, fields)), "")

    def _build(self) -> None:
        self.setObjectName("money_page")
        form = SettingsForm()
        for text, field, about in (
            (
                _("&Ask from ($)"),
                self._ask_from,
                _("Before so much is spent at once. Empty never asks."),
            ),
            (
                _("Limit per &batch ($)"),
                self._batch,
                _("What would pass it is held, not sent. Empty is no limit."),
            ),
            (
                _("Limit per &day ($)"),
                self._day,
                _("The same for all jobs of a day. Running jobs go on."),
            ),
        ):
            form.add(text, field, field, hint(about, self), self._faults[field])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 3 * STEP, 0)
        layout.setSpacing(3 * STEP)
        layout.addLayout(form)
        layout.addSpacing(2 * STEP)
        self._build_prices(layout)

    def _build_prices(self, layout: QVBoxLayout) -> None:
        layout.addWidget(heading_label(_("Prices of machines"), "prices_title", self, 1.0))
        about = _(
            "In USD an hour. The usual prices are RunComfy's, pay as you go, as of %s; if yours "
            "are others, on another plan for example, put them in. All sums rest on them: they are "
            "estimates, and RunComfy's bill may differ."
        )
        layout.addWidget(hint(about % PRICES_AS_OF, self))
        layout.addLayout(self._table)
        layout.addWidget(self._usual)
        layout.addStretch(1)
        self._table.setHorizontalSpacing(4 * STEP)
        self._table.setVerticalSpacing(STEP)
        self._table.setColumnStretch(1, 1)
        for column, text in enumerate((_("Machine"), "", _("Usual"), _("Yours"))):
            self._table.addWidget(muted_label(text, "prices_heading", self), 0, column)

    def _add_machine(self, sku: str) -> None:
        if not sku or sku in self._prices:
            return
        name, usual = one_line(sku), usual_price(sku)
        field = UsdField(f"price_{sku}", _("Your price for %s, in USD an hour") % name, self)
        price = _Price(field, fault_label(f"price_{sku}_fault", self))
        self._prices[sku] = price
        known = HARDWARE.get(sku)
        about = _("%s, %d GB") % (known.gpu, known.vram_gb) if known else _("not on the list")
        row = 2 * len(self._prices)
        cells = (
            plain_label(shortened(name, _SKU_LETTERS), "price_machine", self),
            muted_label(about, "price_about", self),
            plain_label(money(usual) if usual is not None else _("not known"), "price_usual", self),
            field,
        )
        for column, cell in enumerate(cells):
            self._table.addWidget(cell, row, column)
        self._table.addWidget(price.fault, row + 1, 0, 1, len(cells))
        field.setPlaceholderText(_("usual") if usual is not None else "")
        field.textChanged.connect(self._check)

    def _on_usual_clicked(self) -> None:
        for price in self._prices.values():
            price.field.clear()

    def _check(self) -> None:
        with growing(self):
            for field, label in self._faults.items():
                tell_fault(field, label, usd_fault(field))
            for price in self._prices.values():
                tell_fault(price.field, price.fault, usd_fault(price.field))
        self.checked.emit()
