"""Settings of chowk___name__: ``CHOWK___NAME__ = {…}``."""

from __future__ import annotations

from chowk___name__.policies import MayAddItem
from chowk_core.package_settings import PackageSettings, Policies, Setting, Subscriptions


class __Name__Settings(PackageSettings):
    """What a site may change."""

    prefix = "CHOWK___NAME__"

    MOST_ITEMS = Setting(100, "How many items a person may have.")
    MAY_ADD_ITEM: Policies[MayAddItem] = Policies((), "Who may add an item: each may refuse.")
    SUBSCRIPTIONS = Subscriptions({}, "What this package does when others' events arrive.")


__name___settings = __Name__Settings()
