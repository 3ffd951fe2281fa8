"""One typed settings class per package, with each default and its documentation beside its name.

    class AuctionsSettings(PackageSettings):
        prefix = "CHOWK_AUCTIONS"
        EXTENSION = Setting(timedelta(minutes=2), "By how much a late bid moves the end.")
        MAY_BID = Policies[MayBid]((), "Who may bid: each may refuse.")

    auctions_settings = AuctionsSettings()

A site writes ``CHOWK_AUCTIONS = {"EXTENSION": timedelta(minutes=5)}``. Values are read when they are used,
so a changed setting (``override_settings``) takes effect at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

T = TypeVar("T")

registry: dict[str, PackageSettings] = {}
"""Every package's settings by prefix, in order of import."""


class Setting(Generic[T]):
    """A plain value. A site's value must be of the default's type; ``validate`` may refuse it further.

    ``validate`` gets the site's value and returns None, or a sentence that says what is wrong with it.
    """

    kind: ClassVar[str] = "value"

    def __init__(
        self,
        default: T,
        doc: str,
        *,
        type: type[Any] | tuple[type[Any], ...] | None = None,
        validate: Callable[[T], str | None] | None = None,
    ) -> None:
        self.default = default
        self.doc = doc
        self.type = type or (None if default is None else default.__class__)
        self.validate = validate
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: PackageSettings, owner: type) -> T: ...
    def __get__(self, instance: PackageSettings | None, owner: type) -> Self | T:
        if instance is None:
            return self
        try:
            return instance._resolved[self.name]
        except KeyError:
            value = instance._resolved[self.name] = self.resolve(instance.raw(self.name))
            return value

    def resolve(self, raw: Any) -> T:
        """Turn what the site wrote into what the package uses."""
        return raw

    def paths(self, raw: Any) -> Iterator[str]:
        """The dotted paths in ``raw``, for the system check."""
        return iter(())

    def problem(self, raw: Any) -> str | None:
        """What is wrong with the site's value, as a sentence, or None."""
        if self.type is not None and (
            not isinstance(raw, self.type) or (isinstance(raw, bool) and self.type is int)
        ):
            types = self.type if isinstance(self.type, tuple) else (self.type,)
            return f"should be of type {' or '.join(t.__name__ for t in types)}, not {type(raw).__name__}"
        return self.validate(raw) if self.validate else None


def _load(path: Any) -> Any:
    """Import a dotted path; a class is instantiated, so policies may be functions or small classes."""
    loaded = import_string(path) if isinstance(path, str) else path
    return loaded() if isinstance(loaded, type) else loaded


def _is_policy(value: Any) -> bool:
    return isinstance(value, str) or callable(value)


class Policy(Setting[T]):
    """A dotted path to a callable, or to a class that is instantiated without arguments."""

    kind = "policy"

    def __init__(self, default: str | None, doc: str) -> None:
        super().__init__(default, doc, type=object)  # type: ignore[arg-type]

    def resolve(self, raw: Any) -> T:
        return None if raw is None else _load(raw)  # type: ignore[return-value]

    def paths(self, raw: Any) -> Iterator[str]:
        if isinstance(raw, str):
            yield raw

    def problem(self, raw: Any) -> str | None:
        if raw is None and self.default is None:
            return None
        return None if _is_policy(raw) else f"should be a dotted path, not {raw!r}"


class Class(Policy[T]):
    """A dotted path to a class (or any object) that is used as it is, not instantiated."""

    kind = "class"

    def resolve(self, raw: Any) -> T:
        return import_string(raw) if isinstance(raw, str) else raw


class Policies(Setting[tuple[T, ...]]):
    """A list of dotted paths to policies that are asked in order."""

    kind = "policies"

    def __init__(self, default: Sequence[str], doc: str) -> None:
        super().__init__(tuple(default), doc, type=(list, tuple))  # type: ignore[arg-type]

    def problem(self, raw: Any) -> str | None:
        wrong = [] if super().problem(raw) else [item for item in raw if not _is_policy(item)]
        return f"should be a list of dotted paths: {wrong[0]!r} is none" if wrong else super().problem(raw)

    def resolve(self, raw: Any) -> tuple[T, ...]:
        return tuple(_load(path) for path in raw)

    def paths(self, raw: Any) -> Iterator[str]:
        return (path for path in raw if isinstance(path, str))


class PolicyMap(Setting[Mapping[str, T]]):
    """Names to dotted paths. A site's mapping is laid over the default; None removes a name."""

    kind = "policy map"

    def __init__(self, default: Mapping[str, str], doc: str) -> None:
        super().__init__(dict(default), doc, type=dict)  # type: ignore[arg-type]

    def problem(self, raw: Any) -> str | None:
        if wrong := super().problem(raw):
            return wrong
        for name, value in raw.items():
            if not isinstance(name, str) or not (value is None or self.is_value(value)):
                return f"{name!r} should name a dotted path, or None: not {value!r}"
        return None

    def is_value(self, value: Any) -> bool:
        """Whether ``value`` can stand beside a name."""
        return _is_policy(value)

    def merged(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The default with the site's mapping laid over it."""
        return {k: v for k, v in {**self.default, **raw}.items() if v is not None}

    def resolve(self, raw: Any) -> Mapping[str, T]:
        return {name: _load(path) for name, path in self.merged(raw).items()}

    def paths(self, raw: Any) -> Iterator[str]:
        return (path for path in self.merged(raw).values() if isinstance(path, str))


class Subscriptions(PolicyMap[tuple[str, ...]]):
    """Event names to one or several dotted paths of handlers, kept as text: a delivery names its handler."""

    kind = "subscriptions"

    def __init__(self, default: Mapping[str, str | Sequence[str]], doc: str) -> None:
        super().__init__(default, doc)  # type: ignore[arg-type]

    def is_value(self, value: Any) -> bool:
        handlers = (value,) if isinstance(value, str) else value
        return isinstance(handlers, (list, tuple)) and all(isinstance(path, str) for path in handlers)

    def resolve(self, raw: Any) -> Mapping[str, tuple[str, ...]]:
        return {
            name: (handlers,) if isinstance(handlers, str) else tuple(handlers)
            for name, handlers in self.merged(raw).items()
        }

    def paths(self, raw: Any) -> Iterator[str]:
        return (path for handlers in self.resolve(raw).values() for path in handlers)


@dataclass(frozen=True)
class PeriodicWork:
    """A service, by dotted path, that takes ``now=`` and is to run every ``interval``."""

    service: str
    interval: timedelta


class Periodic(Setting[Mapping[str, PeriodicWork]]):
    """Names to periodic work: ``{"auctions.close_due": ("chowk_auctions.services.close", timedelta(…))}``.

    A site's mapping is laid over the default: a timedelta changes the interval only, a pair both, and None
    removes the name.
    """

    kind = "periodic work"

    def __init__(self, default: Mapping[str, tuple[str, timedelta]], doc: str) -> None:
        super().__init__(dict(default), doc, type=dict)  # type: ignore[arg-type]

    def resolve(self, raw: Any) -> Mapping[str, PeriodicWork]:
        found: dict[str, PeriodicWork] = {}
        for name, value in {**self.default, **raw}.items():
            if isinstance(value, timedelta):
                found[name] = PeriodicWork(self.default[name][0], value)  # type: ignore[index]
            elif value is not None:
                found[name] = PeriodicWork(*value)
        return found

    def paths(self, raw: Any) -> Iterator[str]:
        return (work.service for work in self.resolve(raw).values())

    def problem(self, raw: Any) -> str | None:
        if wrong := super().problem(raw):
            return wrong
        for name, value in raw.items():
            pair = isinstance(value, (tuple, list)) and len(value) == 2
            service, interval = value if pair else (None, value)
            if value is None:
                continue
            if not isinstance(interval, timedelta) or interval <= timedelta(0):
                return f"{name!r} should be a timedelta, a (dotted path, timedelta) pair or None"
            if service is None and name not in self.default:
                return (
                    f"{name!r} is not one of {', '.join(sorted(self.default)) or 'no names'}: give its path"
                )
        return None


class PackageSettings:
    """Base of a package's settings. Subclasses set ``prefix`` and declare ``Setting`` attributes."""

    prefix: ClassVar[str]

    def __init__(self) -> None:
        self._resolved: dict[str, Any] = {}
        registry[self.prefix] = self

    @classmethod
    def declared(cls) -> dict[str, Setting[Any]]:
        """Every declared setting by name, in the order of the source."""
        found: dict[str, Setting[Any]] = {}
        for base in reversed(cls.__mro__):
            found.update({name: value for name, value in vars(base).items() if isinstance(value, Setting)})
        return found

    def site(self) -> Mapping[str, Any]:
        """What the site wrote under this prefix; nothing, if it is no dict (the system check tells)."""
        value = getattr(django_settings, self.prefix, None)
        return value if isinstance(value, Mapping) else {}

    def raw(self, name: str) -> Any:
        """The site's value or the default, unresolved."""
        return self.site().get(name, self.declared()[name].default)

    def forget(self) -> None:
        """Drop resolved values; the next use reads the settings again."""
        self._resolved.clear()


def _reload(*, setting: str, **kwargs: Any) -> None:
    if setting in registry:
        registry[setting].forget()


setting_changed.connect(_reload, dispatch_uid="chowk_core.package_settings")
