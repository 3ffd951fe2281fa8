"""Invoices of what was paid, credit notes of what was refunded, and sending them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chowk_payments.abstract_models import (
    AbstractInvoice,
    AbstractPaymentPart,
    AbstractRefund,
    InvoiceKind,
    RefundState,
)
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import NoAddressToSendTo
from chowk_payments.invoice_pdf import render_invoice
from chowk_payments.models import get_bank_details_model, get_invoice_model
from chowk_payments.services.announcing import announce_invoice
from chowk_payments.services.numbering import next_number
from chowk_payments.services.parts import lock_part
from chowk_payments.services.shares import fee_share

PREFIXES = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN"}
FACTS = (
    *("seller_name", "seller_address", "buyer_name", "buyer_address", "buyer_email", "reference"),
    *("shipping_minor", "tax_minor", "discount_minor", "total_minor"),
)


def issue_invoice(*, part: AbstractPaymentPart) -> AbstractInvoice | None:
    """The invoice of a paid ``part``, issued if it is not yet; None where INVOICES has no policy for its
    target.

    Its number is the next of its seller and year, without gaps. Locks payment, part, the number series.
    Raises what the policy raises, and EncryptionMissing for a tax number on a site without keys.
    """
    policy = payments_settings.INVOICES.get(part.target.type)
    if policy is None:
        return None
    data = policy(target=part.target)
    with transaction.atomic():
        _payment, part = lock_part(part)
        if before := _invoice_of(part):
            return before
        facts = {name: getattr(data, name) for name in FACTS}
        facts["lines"] = [list(line) for line in data.lines]
        language = getattr(data, "language", "") or translation.get_language() or ""
        tax_number = data.seller_tax_number or _tax_number(data.seller_id)
        return _issue(InvoiceKind.INVOICE, part, facts, language=language, seller_tax_number=tax_number)


def issue_credit_note(*, refund: AbstractRefund) -> AbstractInvoice | None:
    """The credit note of a completed ``refund``, issued if it is not yet, and its invoice before it.

    The tax in it is a cumulative difference, so that the notes of a whole refund add up to the invoice's.
    None where its part has no invoice. Locks and raises as ``issue_invoice``.
    """
    invoice = issue_invoice(part=refund.part)
    if invoice is None or refund.state != RefundState.COMPLETED:
        return None
    with transaction.atomic():
        _payment, part = lock_part(refund.part)
        notes = get_invoice_model()._default_manager.filter(part=part, kind=InvoiceKind.CREDIT_NOTE)
        if before := notes.filter(refund_key=str(refund.pk)).first():
            return before
        with translation.override(invoice.language or None):
            text = _("Refund, invoice %(number)s") % {"number": invoice.number}
        tax = _tax_of(refund, invoice, list(notes))
        facts = {
            **invoice.data,
            "lines": [[text, 1, refund.amount, refund.amount, tax]],
            "shipping_minor": 0,
            "discount_minor": 0,
            "tax_minor": tax,
            "total_minor": refund.amount,
        }
        return _issue(
            InvoiceKind.CREDIT_NOTE,
            part,
            facts,
            language=invoice.language,
            seller_tax_number=invoice.seller_tax_number,
            refund_key=str(refund.pk),
            corrects=invoice.number,
        )


def send_invoice(*, invoice: AbstractInvoice) -> str:
    """Mail ``invoice`` as a PDF to its buyer, after the commit. Returns the address.

    Raises NoAddressToSendTo, InvoiceRendererMissing.
    """
    address = invoice.data.get("buyer_email") or getattr(invoice.buyer, "email", "")
    if not address:
        raise NoAddressToSendTo
    with translation.override(invoice.language or None):
        subject = f"{invoice.get_kind_display().capitalize()} {invoice.number}"
        text = _("Dear %(buyer)s,\n\nattached you find %(subject)s for %(reference)s.\n\n%(seller)s") % {
            "buyer": invoice.data["buyer_name"],
            "subject": subject,
            "reference": invoice.data["reference"],
            "seller": invoice.data["seller_name"],
        }
    message = EmailMessage(subject, text, to=[address])
    message.attach(f"{invoice.number}.pdf", render_invoice(invoice), "application/pdf")

    def send() -> None:
        message.send()
        get_invoice_model()._default_manager.filter(pk=invoice.pk).update(sent_at=timezone.now())

    transaction.on_commit(send, robust=True)
    return str(address)


def _invoice_of(part: AbstractPaymentPart) -> AbstractInvoice | None:
    return get_invoice_model()._default_manager.filter(part=part, kind=InvoiceKind.INVOICE).first()


def _tax_number(seller_id: str) -> str:
    """The one that the seller has left with their bank details."""
    details = get_bank_details_model()._default_manager.filter(user=seller_id).first()
    return details.tax_number if details else ""


def _tax_of(refund: AbstractRefund, invoice: AbstractInvoice, notes: list[Any]) -> int:
    """What of the invoice's tax is in ``refund``."""
    before = sum(note.data["tax_minor"] for note in notes)
    given = min(invoice.total, sum(note.total for note in notes) + refund.amount)
    if not invoice.total:
        return 0
    return fee_share(fee=invoice.data["tax_minor"], amount=invoice.total, refunded=given) - before


def _issue(
    kind: InvoiceKind, part: AbstractPaymentPart, facts: dict[str, Any], **fields: Any
) -> AbstractInvoice:
    payee = get_user_model()._default_manager.get(pk=part.payee.pk)
    now = timezone.now()
    year = timezone.localdate(now).year
    sequence = next_number(f"{kind.value}:{payee.pk}:{year}")
    invoice = get_invoice_model()._default_manager.create(
        kind=kind,
        seller=payee,
        buyer=part.payment.payer,
        part=part,
        year=year,
        sequence=sequence,
        number=f"{PREFIXES[kind]}-{year}-{sequence:05d}",
        currency=part.currency,
        total=facts["total_minor"],
        data=facts,
        issued_at=now,
        **fields,
    )
    announce_invoice(invoice)
    return invoice
