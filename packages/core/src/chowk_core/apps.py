from django.contrib.auth.signals import user_logged_out

from chowk_core.realtime import hints
from chowk_core.swapping import SwappableAppConfig


class CoreConfig(SwappableAppConfig):
    """The event log, idempotency keys and periodic runs: infrastructure, hence not swappable."""

    name = "chowk_core"
    verbose_name = "Chowk core"
    default = True

    def ready(self) -> None:
        """Also: who logs out leaves no open socket behind."""
        super().ready()
        user_logged_out.connect(hints.on_logout, dispatch_uid="chowk_core.realtime")
