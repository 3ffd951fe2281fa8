"""Settings of the example platform: every deployment's own choices come from the environment.

`base` is Django, `api` the REST framework, `composition` how the Chowk packages meet. The reference of
environment variables is the head of `base`.
"""

from .api import *  # noqa: F403
from .base import *  # noqa: F403
from .composition import *  # noqa: F403
