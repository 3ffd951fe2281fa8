"""Invoices as PDF: A4, one column, in the reader's language and the currency's own format.

Drawn by fpdf2 (the extra ``chowk-payments[invoices]``), which is Python alone. The same invoice gives the
same bytes. For scripts beyond what the fonts have, set INVOICE_FONTS.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from moneyed.l10n import format_money

from chowk_core.money import from_minor
from chowk_payments.abstract_models import AbstractInvoice, InvoiceKind
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import InvoiceRendererMissing

try:
    from fpdf import FPDF
except ImportError:  # the extra is not installed
    FPDF = None  # type: ignore[assignment,misc]

INK, QUIET, RULE, BRAND = (28, 27, 25), (107, 102, 94), (221, 216, 207), (15, 92, 92)
LEFT, RIGHT, TOP = 22.0, 188.0, 24.0
SYSTEM_FONTS = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/dejavu/DejaVuSans.ttf")


def render_invoice(invoice: AbstractInvoice) -> bytes:
    """The PDF of ``invoice``, in its language. Raises InvoiceRendererMissing without the extra."""
    if FPDF is None:
        raise InvoiceRendererMissing
    with translation.override(invoice.language or None):
        return _Sheet(invoice).draw()


class _Sheet:
    """One invoice on its way to paper. Millimetres from the upper left corner."""

    def __init__(self, invoice: AbstractInvoice) -> None:
        self.invoice, self.data = invoice, invoice.data
        self.pdf: Any = FPDF(format="A4")
        self.pdf.set_margins(LEFT, TOP, 210 - RIGHT)
        self.pdf.set_auto_page_break(True, margin=28)
        self.pdf.c_margin = 0
        self.pdf.set_creation_date(invoice.issued_at)
        self.pdf.set_title(f"{self.title} {invoice.number}")
        self.pdf.set_author(self.data["seller_name"])
        self.pdf.set_lang(invoice.language or "en")
        self.family, self.wide = self._fonts()
        self.pdf.add_page()

    @property
    def title(self) -> str:
        return _("Credit note") if self.invoice.kind == InvoiceKind.CREDIT_NOTE else _("Invoice")

    def draw(self) -> bytes:
        self._head()
        self._parties()
        self._lines()
        self._sums()
        self._foot()
        return bytes(self.pdf.output())

    def _fonts(self) -> tuple[str, bool]:
        paths = list(payments_settings.INVOICE_FONTS)
        regular = paths[0] if paths else next((path for path in SYSTEM_FONTS if Path(path).exists()), "")
        if not regular:
            return "helvetica", False
        bold = paths[1] if len(paths) > 1 else regular.replace(".ttf", "-Bold.ttf")
        self.pdf.add_font("chowk", "", regular)
        self.pdf.add_font("chowk", "B", bold if Path(bold).exists() else regular)
        return "chowk", True

    def _text(
        self, text: str, x: float, width: float, *, size: float = 9.5, bold: bool = False, **how: Any
    ) -> None:
        """One paragraph at ``x``, from the current height on."""
        align, colour = how.get("align", "L"), how.get("colour", INK)
        self.pdf.set_font(self.family, "B" if bold else "", size)
        self.pdf.set_text_color(*colour)
        self.pdf.set_x(x)
        shown = text if self.wide else text.encode("cp1252", "replace").decode("cp1252")
        self.pdf.multi_cell(width, size * 0.52, shown, align=align, new_x="LEFT", new_y="NEXT")

    def _money(self, minor: int) -> str:
        money = from_minor(minor, self.invoice.currency)
        text = format_money(money, locale=translation.to_locale(self.invoice.language or "en"))
        return text.replace("\u202f", "\u00a0")

    def _rule(self, colour: tuple[int, int, int] = RULE, weight: float = 0.2) -> None:
        self.pdf.set_draw_color(*colour)
        self.pdf.set_line_width(weight)
        self.pdf.line(LEFT, self.pdf.get_y(), RIGHT, self.pdf.get_y())

    def _head(self) -> None:
        pdf, invoice = self.pdf, self.invoice
        pdf.set_fill_color(*BRAND)
        pdf.rect(0, 0, 210, 4, style="F")
        self._text(self.data["seller_name"], LEFT, 90, size=13, bold=True, colour=BRAND)
        self._text(self.data["seller_address"], LEFT, 90, size=8.5, colour=QUIET)
        if invoice.seller_tax_number:
            number = _("Tax number %(number)s") % {"number": invoice.seller_tax_number}
            self._text(number, LEFT, 90, size=8.5, colour=QUIET)
        low = pdf.get_y()
        pdf.set_y(TOP)
        self._text(self.title, 112, RIGHT - 112, size=21, bold=True, align="R")
        self._text(invoice.number, 112, RIGHT - 112, size=10.5, align="R", colour=QUIET)
        pdf.set_y(max(low, pdf.get_y()) + 12)

    def _parties(self) -> None:
        pdf, high = self.pdf, self.pdf.get_y()
        self._text(_("For"), LEFT, 80, size=8, colour=QUIET)
        self._text(self.data["buyer_name"], LEFT, 80, bold=True)
        self._text(self.data["buyer_address"], LEFT, 80)
        low = pdf.get_y()
        pdf.set_y(high)
        facts = [
            (_("Date"), date_format(localtime(self.invoice.issued_at), "DATE_FORMAT")),
            (_("Order"), self.data["reference"]),
        ]
        if self.invoice.corrects:
            facts.append((_("Corrects"), self.invoice.corrects))
        for label, value in facts:
            at = pdf.get_y()
            self._text(label, 112, 26, size=8.5, colour=QUIET)
            pdf.set_y(at)
            self._text(value, 138, RIGHT - 138, size=9.5, align="R")
        pdf.set_y(max(low, pdf.get_y()) + 12)

    def _lines(self) -> None:
        columns = ((LEFT, 86, "L"), (108, 16, "R"), (124, 32, "R"), (156, 32, "R"))
        heads = (_("Item"), _("Quantity"), _("Price"), _("Amount"))
        self._row(columns, heads, size=8, colour=QUIET)
        self._rule(INK, 0.3)
        for description, quantity, unit, total, _tax in self.data["lines"]:
            self._row(columns, (description, str(quantity), self._money(unit), self._money(total)), gap=2.4)
            self._rule()

    def _row(self, columns: Any, texts: Any, *, gap: float = 1.6, **how: Any) -> None:
        """Cells of one height; a row that would not fit begins the next page."""
        pdf = self.pdf
        if pdf.get_y() > 255:
            pdf.add_page()
        high = pdf.get_y() + gap
        low = high
        for (x, width, align), text in zip(columns, texts, strict=True):
            pdf.set_y(high)
            self._text(text, x, width, align=align, **how)
            low = max(low, pdf.get_y())
        pdf.set_y(low + gap)

    def _sums(self) -> None:
        data, columns = self.data, ((108, 44, "L"), (152, 36, "R"))
        goods = sum(line[3] for line in data["lines"])
        rows = [(_("Goods"), goods), (_("Shipping"), data["shipping_minor"])]
        rows += [(_("Discount"), -data["discount_minor"]), (_("Tax in it"), data["tax_minor"])]
        self.pdf.set_y(self.pdf.get_y() + 3)
        for label, minor in rows:
            if minor and not (minor == data["total_minor"] and label == rows[0][0]):
                self._row(columns, (label, self._money(minor)), gap=0.8, size=9, colour=QUIET)
        label = _("Credited") if self.invoice.kind == InvoiceKind.CREDIT_NOTE else _("Total, paid")
        self.pdf.set_draw_color(*INK)
        self.pdf.set_line_width(0.3)
        self.pdf.line(108, self.pdf.get_y() + 1, RIGHT, self.pdf.get_y() + 1)
        self.pdf.set_y(self.pdf.get_y() + 1)
        self._row(columns, (label, self._money(data["total_minor"])), gap=2, size=12, bold=True)

    def _foot(self) -> None:
        self.pdf.set_auto_page_break(False)
        self.pdf.set_y(276)
        self._rule()
        self.pdf.set_y(279)
        text = f"{self.data['seller_name']}  ·  {self.title} {self.invoice.number}"
        self._text(text, LEFT, RIGHT - LEFT, size=7.5, colour=QUIET)
