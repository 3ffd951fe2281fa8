"""The example platform's project. With Celery installed its application is `config.celery_app`."""

from importlib.util import find_spec

if find_spec("celery"):
    from config.celery import app as celery_app

    __all__ = ["celery_app"]
