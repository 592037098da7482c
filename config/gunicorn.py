"""gunicorn -c config/gunicorn.py config.wsgi"""

import os

from config.logging import configuration

# Only here: commands and the task cluster do without the pool. No preload_app, since a pool does not survive a fork.
os.environ.setdefault("PIEPOWDER_DB_POOL", "1")

bind = os.environ.get("PIEPOWDER_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("PIEPOWDER_WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("PIEPOWDER_WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 30
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True  # signals are enough, and a service may have no home folder to put it in
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(b)s bytes in %(M)s ms"
_production = os.environ.get("PIEPOWDER_ENV") == "production"
logconfig_dict = configuration(os.environ.get("PIEPOWDER_LOG_FORMAT", "json" if _production else "plain"))
