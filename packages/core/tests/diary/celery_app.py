"""A Celery application as a site has one: ``celery -A tests.diary.celery_app worker``."""

import os

from celery import Celery

app = Celery("diary", broker=os.environ["DIARY_BROKER"])
app.conf.broker_connection_retry_on_startup = True
app.conf.task_default_queue = os.environ.get("DIARY_QUEUE", "celery")
app.autodiscover_tasks(["chowk_core"])
