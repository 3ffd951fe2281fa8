"""The official client, its errors as ours, and amounts as PayPal writes them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from chowk_core.money import decimals, to_minor
from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import GatewayUnavailable
from chowk_payments.secrets import MissingSecret

try:
    import paypalserversdk as paypal
    import requests
    from apimatic_core.authentication.multiple.single_auth import Single
    from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
    from apimatic_core.request_builder import RequestBuilder
    from apimatic_core.response_handler import ResponseHandler
    from apimatic_core.types.parameter import Parameter
    from paypalserversdk.api_helper import APIHelper
    from paypalserversdk.configuration import Configuration, Environment, Server
    from paypalserversdk.exceptions.api_exception import ApiException
    from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
except ImportError:  # the extra is optional; check E005 and PayPalClient tell
    paypal = None

logger = logging.getLogger("chowk_payments.paypal")

LIVE = "https://api-m.paypal.com"

TIMEOUT = 15
"""Seconds a call may take: shorter than UNCERTAIN_AFTER."""

CURRENCIES = frozenset(
    {
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"),
    }
)
"""https://developer.paypal.com/api/rest/reference/currency-codes/"""

WHOLE = frozenset({"HUF", "JPY", "TWD"})
"""PayPal takes no decimals of these, whatever ISO 4217 says."""

BUSY = frozenset({401, 403, 408, 429})
"""Statuses, beside 5xx, that say nothing of the call itself."""

IN_PROGRESS = "PREVIOUS_REQUEST_IN_PROGRESS"
"""The same call, under the same key, is still being worked on."""


class Refused(Exception):
    """PayPal will not do it. ``issue`` is its name for why, such as INSTRUMENT_DECLINED."""

    def __init__(self, issue: str, message: str = "") -> None:
        super().__init__(issue)
        self.issue = issue
        self.message = message


class PayPalClient:
    """``PaypalServersdkClient``, configured. Raises ImproperlyConfigured, MissingSecret."""

    def __init__(self, client_id: str = "", client_secret: str = "", url: str = "") -> None:
        require_library()
        self._credentials = (
            client_id or _secret("PAYPAL_CLIENT_ID"),
            client_secret or _secret("PAYPAL_CLIENT_SECRET"),
        )
        self._url = api_url(url)
        self._client = self._connect()

    def _connect(self) -> Any:
        configuration = Configuration(
            timeout=TIMEOUT,
            environment=Environment.PRODUCTION,
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
                *self._credentials, o_auth_clock_skew=60
            ),
        )
        # Of this instance only: the class's own would change PayPal's address for everybody.
        configuration.environments = {Environment.PRODUCTION: {Server.DEFAULT: self._url}}
        return PaypalServersdkClient(config=configuration)

    def call(self, resource: str, action: str, **options: Any) -> Any:
        """What PayPal answers to ``action`` of a ``resource`` of its client.

        Raises Refused, and GatewayUnavailable for what is no answer: no connection, an error of theirs, too
        many calls, a key that they refuse.
        """
        return self._answer(lambda: getattr(getattr(self._client, resource), action)(options))

    def dispute(self, reference: str) -> dict[str, Any]:
        """A dispute, which the client has no call for. Raises as ``call``."""
        request = (
            RequestBuilder()
            .server(Server.DEFAULT)
            .path("/v1/customer/disputes/{id}")
            .http_method("GET")
            .template_param(Parameter().key("id").value(reference).should_encode(True))
            .header_param(Parameter().key("accept").value("application/json"))
            .auth(Single("Oauth2"))
        )
        response = ResponseHandler().deserializer(APIHelper.json_deserialize).is_api_response(True)
        call = self._client.orders.new_api_call_builder.request(request).response(response)
        found = self._answer(call.execute).body
        return found if isinstance(found, dict) else {}

    def _answer(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except requests.RequestException as error:
            raise GatewayUnavailable(type(error).__name__) from error
        except AuthValidationException as error:
            logger.error("PayPal gave no access token")
            raise GatewayUnavailable("no access token") from error
        except ApiException as error:
            if error.response_code == 401:
                # A token of another day: the next call asks for a new one.
                self._client = self._connect()
            if error.response_code in BUSY or error.response_code >= 500:
                raise GatewayUnavailable(f"status {error.response_code}") from error
            issue, message = _issue(error)
            if issue == IN_PROGRESS:
                raise GatewayUnavailable(issue) from error
            raise Refused(issue, message) from error


def require_library() -> None:
    """Raises ImproperlyConfigured without the extra."""
    if paypal is None:
        raise ImproperlyConfigured("The gateway paypal needs: pip install 'chowk-payments[paypal]'")


def _secret(name: str) -> str:
    secret = payments_settings.SECRETS(name=name)
    if not secret:
        raise MissingSecret(name)
    return secret


def _issue(error: Any) -> tuple[str, str]:
    """PayPal's name for a problem, the finest there is, and what it says to people."""
    for detail in getattr(error, "details", None) or ():
        if issue := field(detail, "issue"):
            return issue, field(detail, "description")
    return field(error, "name") or f"STATUS_{error.response_code}", field(error, "message")


def api_url(given: str = "") -> str:
    """Where PayPal's API is."""
    return (given or payments_settings.PAYPAL_URL or LIVE).rstrip("/")


def field(row: Any, name: str) -> str:
    """A text of one of the client's objects, which lack what PayPal did not send; then ""."""
    value = getattr(row, name, None)
    return value if isinstance(value, str) else ""


def rows(row: Any, name: str) -> list[Any]:
    """As ``field``, of a list."""
    return list(getattr(row, name, None) or ())


def expressible(amount: int, currency: str) -> bool:
    """Whether PayPal takes this amount of this currency."""
    if currency not in CURRENCIES:
        return False
    return currency not in WHOLE or amount % 10 ** decimals(currency) == 0


def to_paypal(amount: int, currency: str) -> dict[str, str]:
    """Minor units as currency and value, as PayPal writes them."""
    unit = 10 ** decimals(currency)
    value = str(amount // unit) if currency in WHOLE else f"{amount // unit}.{amount % unit:02}"
    return {"currency_code": currency, "value": value}


def from_paypal(money: Any) -> tuple[int, str]:
    """Minor units, without sign, and currency of what PayPal writes."""
    currency = field(money, "currency_code")
    return to_minor(field(money, "value").lstrip("-"), currency), currency
