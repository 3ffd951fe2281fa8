"""Paying: one column, the sum in sight, by wallet or card, and the bank's question in between."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from chowk_core.cards import cards_of
from chowk_core.exceptions import DomainError, NotFound
from chowk_core.pages import missing_is_404
from chowk_core.targets import Target
from chowk_payments import selectors, services
from chowk_payments.abstract_models import AttemptKind, Method, PaymentState
from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import GatewayUnavailable, Redirect, Source
from chowk_payments.pages.forms import CardForm, KeyForm
from chowk_payments.services.checkout import charge_for

TEST_CARDS = (
    ("4242 4242 4242 4242", gettext_lazy("is paid at once")),
    ("4000 0025 0000 3155", gettext_lazy("asks for 3-D Secure")),
    ("4000 0000 0000 0002", gettext_lazy("is declined")),
)


UNTYPED = frozenset({Method.WALLET, Method.PAYPAL})
"""Methods for which nothing is typed here."""


@method_decorator(
    [sensitive_post_parameters("number", "security_code"), never_cache, login_required, missing_is_404],
    name="dispatch",
)
class PayView(View):
    """Pay for what ``?type=app.model&id=…`` names."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, *self.charged(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        target, charge = self.charged(request)
        method = request.POST.get("method", "")
        form: CardForm | KeyForm = KeyForm(request.POST) if method in UNTYPED else CardForm(request.POST)
        if not form.is_valid():
            return self.page(request, target, charge, form=form)
        source: Source | None = redirect_of(request) if method == Method.PAYPAL else None
        if isinstance(form, CardForm):
            method, source = Method.CARD, form.card
        try:
            payment = services.pay(
                payer=request.user, target=target, method=method, source=source, key=form.cleaned_data["key"]
            )
        except DomainError as error:
            form.add_error(None, error.detail)
            return self.page(request, target, charge, form=form)
        if payment.state == PaymentState.FAILED:
            form.add_error(None, problem_of(payment))
            return self.page(request, target, charge, form=form)
        return onward(request, payment)

    def charged(self, request: HttpRequest) -> tuple[Target, Any]:
        """What is to be paid, and how much; a refusal of the policy is shown on the page."""
        target = Target(request.GET.get("type", "")[:100], request.GET.get("id", "")[:64]).canonical()
        try:
            return target, charge_for(payer=request.user, target=target)
        except DomainError as error:
            if error.status == 404:
                raise
            return target, error

    def page(self, request: HttpRequest, target: Target, charge: Any, form: Any = None) -> HttpResponse:
        refusal = charge if isinstance(charge, DomainError) else None
        wallet = selectors.wallet_in(request.user, "" if refusal else charge.currency)
        fresh = CardForm()
        context = {
            "card": cards_of([target], request.user).get(target),
            "charge": None if refusal else charge,
            "refusal": refusal,
            "wallet": wallet,
            "enough": not refusal and wallet.available >= charge.amount_minor,
            "form": form,
            "card_form": form if isinstance(form, CardForm) else fresh,
            "key": fresh.fields["key"].initial,
            "test_cards": TEST_CARDS,
            "paypal": not refusal and takes_paypal(charge),
        }
        return render(request, "chowk_payments/pay.html", context, status=400 if form or refusal else 200)


def takes_paypal(charge: Any) -> bool:
    """Whether PayPal is offered, and takes this amount of this currency."""
    gateway: Any = payments_settings.GATEWAYS.get(payments_settings.METHODS.get(Method.PAYPAL, ""))
    if gateway is None or not hasattr(gateway, "takes"):
        return gateway is not None
    return bool(gateway.takes(amount=charge.amount_minor, currency=charge.currency))


def redirect_of(request: HttpRequest) -> Redirect:
    """To the gateway's page and back to ours."""
    back = request.build_absolute_uri(reverse("chowk_payments_pages:returned"))
    return Redirect(return_url=back, cancel_url=f"{back}?given_up=1")


@never_cache
@login_required
@missing_is_404
def returned(request: HttpRequest) -> HttpResponse:
    """Where PayPal sends the payer back to: it adds its ``token``, the order that was approved or, with
    ``given_up``, was not."""
    mine = selectors.visible_payments(request.user).filter(payer=request.user)
    reference = request.GET.get("token", "")[:64]
    payment = mine.filter(attempts__gateway_reference=reference).first() if reference else None
    if payment is None:
        raise NotFound
    finish = services.cancel_payment if "given_up" in request.GET else services.confirm_payment
    try:
        payment = finish(payment=payment, payer=request.user)
    except GatewayUnavailable:
        messages.error(request, _("PayPal does not answer. Nobody is charged twice: try again in a moment."))
    except DomainError as error:
        messages.error(request, error.detail)
    if payment.state == PaymentState.FAILED:
        messages.error(request, problem_of(payment))
    elif payment.state == PaymentState.CANCELLED:
        messages.info(request, _("Nothing was paid."))
    else:
        return onward(request, payment)
    return redirect(back_of(request, payment))


def onward(request: HttpRequest, payment: Any) -> HttpResponse:
    """Where a payment leads: to its own page while it is open, else back to what was paid for."""
    if payment.state != PaymentState.CAPTURED:
        return redirect("chowk_payments_pages:payment", pk=payment.pk)
    messages.success(request, _("Paid."))
    return redirect(back_of(request, payment))


def action_of(payment: Any) -> dict[str, Any]:
    """What the gateway waits for: a redirect, money, or an answer."""
    attempt = payment.attempts.filter(kind=AttemptKind.CHARGE).order_by("-created_at", "-pk").first()
    return attempt.action if attempt else {}


def back_of(request: HttpRequest, payment: Any) -> str:
    """The page of what was paid for, with a payment or a part of one; the wallet for a top-up and for what
    has no page."""
    card = cards_of([payment.target], request.user).get(payment.target)
    return card.url if card and card.url else reverse("chowk_payments_pages:wallet")


def problem_of(payment: Any) -> str:
    """Why the newest attempt failed, as the gateway says it."""
    attempt = payment.attempts.filter(kind=AttemptKind.CHARGE).order_by("-created_at", "-pk").first()
    return (attempt and attempt.failure_message) or _("The card was declined. Try another one.")


@never_cache
@login_required
@missing_is_404
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One payment: the bank's question while there is one, else what became of it."""
    payment = visible_payment(request.user, pk)
    if request.method == "POST" and payment.payer_id == request.user.pk:
        try:
            payment = services.confirm_payment(
                payment=payment, payer=request.user, answer=request.POST.get("answer", "")[:20]
            )
        except DomainError as error:
            if error.status == 404:
                raise
            messages.error(request, error.detail)
            return redirect("chowk_payments_pages:payment", pk=pk)
        if payment.state == PaymentState.FAILED:
            messages.error(request, problem_of(payment))
            return redirect(back_of(request, payment))
        return onward(request, payment)
    own = selectors.own_parts(request.user, payment)
    context = {
        "payment": payment,
        "amount": sum(part.amount for part in own) if own else payment.amount,
        "back": back_of(request, own[0] if own else payment),
        "action": action_of(payment),
    }
    return render(request, "chowk_payments/payment.html", context)


def visible_payment(viewer: Any, pk: str) -> Any:
    """One visible payment. Raises NotFound."""
    try:
        payment = selectors.visible_payments(viewer).filter(pk=pk).first()
    except (ValueError, ValidationError) as error:
        raise NotFound from error
    if payment is None:
        raise NotFound
    return payment


pay = PayView.as_view()
