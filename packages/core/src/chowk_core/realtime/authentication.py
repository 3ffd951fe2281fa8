"""Who opened a socket, and whether they still may hold it.

In this order: a site's own middleware (``scope["user"]``), a token, the session's cookie, nobody.

A token comes as a subprotocol: a browser offers ``["chowk.v1", "chowk.token.<token>"]``, and gets the first
back. Others may send ``Authorization: Bearer``. Never in the URL, which servers and proxies write to their
logs; not as a first message, since then anybody holds sockets open before they are known.
Cookies are sent by browsers from any page: keep Channels' ``AllowedHostsOriginValidator`` in front.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _

from chowk_core.conf import core_settings
from chowk_core.exceptions import DomainError

try:
    from rest_framework_simplejwt.authentication import JWTAuthentication
    from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
except ImportError:  # the extra `jwt` is not installed
    JWTAuthentication = None  # type: ignore[assignment,misc]

PROTOCOL = "chowk.v1"
TOKEN_PROTOCOL = "chowk.token."  # noqa: S105 - a prefix


class InvalidCredentials(DomainError):
    """The token is wrong, or nobody's, or its user is inactive."""

    code = "invalid_token"
    message = _("This token is not valid: get a new one.")
    status = 401


class CredentialsExpired(DomainError):
    """The session ended, the token expired or the account was closed while the socket was open."""

    code = "credentials_expired"
    message = _("You are signed out: sign in again and reconnect.")
    status = 401


class Credentials(Protocol):
    """What a socket was opened with. ``identity`` is equal for sockets that stand and fall together."""

    viewer: Any
    expires_at: float | None

    @property
    def identity(self) -> tuple[str, str]: ...

    def check(self) -> Any:
        """The viewer as the database knows them now. Synchronous. Raises CredentialsExpired."""


@dataclass
class ByNobody:
    """An anonymous socket; nothing can end it."""

    viewer: Any = field(default_factory=AnonymousUser)
    expires_at: float | None = None
    identity: tuple[str, str] = ("anonymous", "")

    def check(self) -> Any:
        return self.viewer


@dataclass
class BySession:
    """A socket opened with Django's session; ends with it, with the account, and with a changed password."""

    session_key: str
    viewer: Any
    expires_at: float | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return ("session", self.session_key)

    def check(self) -> Any:
        viewer = session_viewer(self.session_key)
        if viewer.is_anonymous or not viewer.is_active:
            raise CredentialsExpired
        return viewer


@dataclass
class ByToken:
    """A socket opened with a token; ends when the token expires or the account is closed."""

    token: str
    viewer: Any
    expires_at: float | None

    @property
    def identity(self) -> tuple[str, str]:
        return ("token", self.token)

    def check(self) -> Any:
        try:
            viewer, _expires_at = core_settings.SOCKET_TOKEN_VIEWER(self.token)
        except InvalidCredentials as error:
            raise CredentialsExpired from error
        return viewer


@dataclass
class ByScope:
    """A socket whose user a site's own middleware chose; ends with the account."""

    viewer: Any
    expires_at: float | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return ("scope", str(self.viewer.pk))

    def check(self) -> Any:
        viewer = type(self.viewer)._default_manager.filter(pk=self.viewer.pk).first()
        if viewer is None or not viewer.is_active:
            raise CredentialsExpired
        return viewer


def authenticate(scope: dict[str, Any]) -> Credentials:
    """Who opens the socket. Synchronous, reads the database. Raises InvalidCredentials for a wrong token.

    A wrong session is nobody's, as in Django.
    """
    if (user := scope.get("user")) is not None:
        return ByNobody() if user.is_anonymous else ByScope(user)
    if token := token_of(scope):
        return by_token(token)
    session_key = _cookies(scope).get(settings.SESSION_COOKIE_NAME, "")
    if session_key:
        viewer = session_viewer(session_key)
        if not viewer.is_anonymous:
            return BySession(session_key, viewer)
    return ByNobody()


def by_token(token: str) -> ByToken:
    """Credentials of a token. Synchronous. Raises InvalidCredentials."""
    viewer, expires_at = core_settings.SOCKET_TOKEN_VIEWER(token)
    if expires_at is not None and expires_at <= time.time():
        raise InvalidCredentials
    return ByToken(token, viewer, expires_at)


def token_of(scope: dict[str, Any]) -> str:
    """The token that was sent along, or the empty text."""
    for offered in scope.get("subprotocols", ()):
        if offered.startswith(TOKEN_PROTOCOL):
            return offered.removeprefix(TOKEN_PROTOCOL)
    scheme, _space, token = _header(scope, b"authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def session_viewer(session_key: str) -> Any:
    """The user of a session, AnonymousUser without one. Checks the password's hash, as Django does."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    request: Any = SimpleNamespace(session=store)  # all that it reads
    return get_user(request)


def simplejwt_viewer(token: str) -> tuple[Any, float | None]:
    """The user and expiry of a djangorestframework-simplejwt access token. Raises InvalidCredentials."""
    if JWTAuthentication is None:
        raise InvalidCredentials(str(_("This server takes no tokens: install chowk-core[jwt].")))
    backend = JWTAuthentication()
    try:
        validated = backend.get_validated_token(token.encode())
        return backend.get_user(validated), float(validated["exp"])
    except (InvalidToken, AuthenticationFailed) as error:
        raise InvalidCredentials from error


def language_of(scope: dict[str, Any]) -> str:
    """The language to speak, as LocaleMiddleware would choose it: by cookie, then Accept-Language."""
    accepted = {"HTTP_ACCEPT_LANGUAGE": _header(scope, b"accept-language")}
    request: Any = SimpleNamespace(COOKIES=_cookies(scope), META=accepted)  # all that is looked at
    return get_language_from_request(request)


def _header(scope: dict[str, Any], wanted: bytes) -> str:
    return next((value.decode("latin1") for name, value in scope.get("headers", ()) if name == wanted), "")


def _cookies(scope: dict[str, Any]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(_header(scope, b"cookie")).items()}
    except CookieError:
        return {}
