"""The test settings for processes that a test starts: on its database, with its CHOWK_CORE."""

import json
import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["DIARY_DATABASE"]
ALLOWED_HOSTS = ["testserver"]
CHOWK_CORE = json.loads(os.environ["DIARY_CORE"])
