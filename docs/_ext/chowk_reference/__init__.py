"""Directives that write the references from the code itself, so that the two cannot drift.

    {chowk-settings} chowk_auctions     every setting: type, default, documentation
    {chowk-events} chowk_auctions       every event: fields, publisher, subscribers
    {chowk-errors} chowk_auctions       every domain error: code, status, sentence
    {chowk-models} chowk_auctions       a drawing of the tables and their keys
    {chowk-services} chowk_auctions     every service: signature and contract
    {chowk-commands} chowk_auctions     every management command

The argument is the package's import name. A package without any of the kind asked for is an error, so a
renamed module cannot leave an empty page behind.
"""

from __future__ import annotations

from typing import Any

import django
from sphinx.application import Sphinx

from chowk_reference.discovery import import_everything


def setup(app: Sphinx) -> dict[str, Any]:
    """Start Django, load every module of the packages and register the directives."""
    django.setup()
    import_everything()
    # After django.setup(): these modules import models.
    from chowk_reference.commands import CommandsDirective  # noqa: PLC0415
    from chowk_reference.errors import ErrorsDirective  # noqa: PLC0415
    from chowk_reference.events import EventsDirective  # noqa: PLC0415
    from chowk_reference.models import ModelsDirective  # noqa: PLC0415
    from chowk_reference.services import ServicesDirective  # noqa: PLC0415
    from chowk_reference.settings import SettingsDirective  # noqa: PLC0415

    app.add_directive("chowk-settings", SettingsDirective)
    app.add_directive("chowk-events", EventsDirective)
    app.add_directive("chowk-errors", ErrorsDirective)
    app.add_directive("chowk-models", ModelsDirective)
    app.add_directive("chowk-services", ServicesDirective)
    app.add_directive("chowk-commands", CommandsDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
