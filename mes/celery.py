"""The Celery application: an executor only. Whatever must happen is a row in PostgreSQL."""

import os

from celery import Celery

from mes.settings import settings_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())

app = Celery("mes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
