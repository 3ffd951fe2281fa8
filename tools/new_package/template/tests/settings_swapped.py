from chowk_core.testing.settings import databases
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.swapped"]
DATABASES = databases("__name___swapped")
AUTH_USER_MODEL = "swapped.User"
CHOWK___NAME___ITEM_MODEL = "swapped.Item"
