"""How gunicorn serves the product, here and in a container. Found by gunicorn by its name."""

from invoicebridge import env

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
