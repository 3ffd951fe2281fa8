from __future__ import annotations

from django.apps import AppConfig


class KillingConfig(AppConfig):
    """Installs the switch in every process of the server under test."""

    name = "story.killing"
    label = "story_killing"

    def ready(self) -> None:
        """Wrap COMMIT, where a run asks for it."""
        from story.killing import switch  # it looks at the relay, which needs models

        switch.install()
