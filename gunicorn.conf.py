"""How gunicorn serves the product, here and in a container. Found by gunicorn by its name."""

import gc
import importlib
from typing import Any

from gunicorn.glogging import Logger

from invoicebridge import env, logs

bind = env.text("WEB_BIND", default=f"127.0.0.1:{env.integer('WEB_PORT', default=8000)}")
worker_class = "gthread"
workers = env.integer("WEB_PROCESSES", default=1, minimum=1)
threads = env.integer("WEB_THREADS", default=4, minimum=1)
# Longer than the whole-call deadline to a vendor, so that a slow vendor never kills a worker.
timeout = 60
graceful_timeout = 30
keepalive = 15
loglevel = "warning"
# Its socket would lie in the home directory, which a container may not have.
control_socket_disable = True
# Whoever turns the access log on: no query, because a frame's address holds a token (S-9).
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(L)s'


class KeylessLogger(Logger):
    """The same for the path: of some addresses a part is the key, to set a password for one."""

    def atoms(self, *of_a_request: Any) -> dict[str, Any]:
        """Return what a line of the access log may tell."""
        told: dict[str, Any] = super().atoms(*of_a_request)
        return told | {"U": logs.cut_secrets(told["U"])}


logger_class = KeylessLogger
# Pipedrive puts a signed token and the ids of deals into a frame's address.
limit_request_line = 8190


def post_worker_init(worker: object) -> None:
    """
    Load the addresses, and with them every view, before somebody waits for that.

    No collection need ever look at them: a full one took 130 ms of somebody's page, one page in 150
    (docs/performance.md, goal 15).
    """
    importlib.import_module("invoicebridge.urls")
    importlib.import_module("invoicebridge.frame_urls")
    gc.collect()
    gc.freeze()
