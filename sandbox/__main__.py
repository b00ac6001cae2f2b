"""Starts the sandbox: `python -m sandbox`. One process serves both vendors, each on its port."""

import argparse
import os

import django
from gunicorn.app.base import BaseApplication


def start_sender(_worker: object) -> None:
    """Start telling of changes, in the process that serves: threads do not outlive a fork."""
    from sandbox.core import sending

    sending.start()


class Server(BaseApplication):
    """Gunicorn with one worker of threads, so that faults and traffic can live in memory."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to serve."""
        for name, value in {
            "bind": self.addresses,
            "workers": 1,
            "worker_class": "gthread",
            "threads": 24,
            "preload_app": True,
            "keepalive": 30,
            "timeout": 0,
            "graceful_timeout": 1,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": start_sender,
        }.items():
            self.cfg.set(name, value)

    def load(self):
        """Return the WSGI application."""
        from sandbox.wsgi import application

        return application


def main() -> None:
    """Read the command line, make the state ready, serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--pipedrive", default="127.0.0.1:9100", metavar="HOST:PORT")
    parser.add_argument("--xero", default="127.0.0.1:9200", metavar="HOST:PORT")
    parser.add_argument("--state", default="var/sandbox.sqlite3", metavar="FILE")
    parser.add_argument("--fresh", action="store_true", help="start again from the seed")
    parser.add_argument(
        "--app-url",
        default=os.environ.get("SANDBOX_APP_URL", "http://localhost:8000"),
        metavar="URL",
        help="where the app runs; several with commas",
    )
    parser.add_argument(
        "--webhooks",
        action="store_true",
        help="Xero tells the app of changes, once the app answers its intent check",
    )
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"
    os.environ["SANDBOX_PIPEDRIVE_ADDRESS"] = chosen.pipedrive
    os.environ["SANDBOX_XERO_ADDRESS"] = chosen.xero
    os.environ["SANDBOX_STATE"] = chosen.state
    os.environ["SANDBOX_APP_URL"] = chosen.app_url
    os.environ["SANDBOX_XERO_WEBHOOKS"] = "1" if chosen.webhooks else ""
    django.setup()

    from sandbox.core import state

    state.prepare(fresh=chosen.fresh)
    Server([chosen.pipedrive, chosen.xero]).run()


if __name__ == "__main__":
    main()
