"""The package without the tests' own listing type: the swap matrix adds its own."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "tests.goods"]
ROOT_URLCONF = "tests.urls_alone"
CHOWK_MARKETPLACE: dict[str, object] = {}
