"""
Runs the whole product on one machine: `python -m invoicebridge.runner`, which `make run` calls.

Without arguments it prepares the database and starts the web server, a Celery worker, Celery beat
and the sandbox that plays Pipedrive and Xero. `--only web,worker,beat` starts a part of them, with
the same variables as everywhere (DATABASE_URL, CELERY_BROKER_URL and so on).
"""

import os
import re
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from invoicebridge import beside, probe
from invoicebridge.processes import Child, Supervisor

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("sandbox", "web", "worker", "beat")

_WELCOME = """
InvoiceBridge runs at      {site}
The Pipedrive sandbox at   {pipedrive}
The Xero sandbox at        {xero}

The people of the demo; on the sign-in page each of them is one press away:
  Brightside Interiors   Emma Clarke (admin), Mehmet Yılmaz (sales), Olivia Grant (accounts),
                         Noor Haddad (sales, sees her own deals only)
  Anadolu Teknik         Zeynep Kaya (admin), Can Demir (sales), Selin Aydın (accounts)
  InvoiceBridge          Sam Porter (support, in the admin)

That press goes through the sandbox's single sign-on. To try a password and a second step instead,
sign in with a person's address and this password: demo people sign in here

Press first: open {site} and sign in as Emma Clarke. Connect Pipedrive, connect
Xero, save the preferences, open a deal and press "Create invoice".

Ctrl-C ends everything.
"""


class PortTaken(Exception):
    """Another program listens where one of our parts should."""


class Layout:
    """Where each part listens on this machine, and what the others are told about it."""

    def __init__(self, given: dict[str, str]) -> None:
        """:param given: the environment: WEB_PORT, SANDBOX_…_PORT, IB_VAR_DIR and SITE_URL"""
        self.web_port = int(given.get("WEB_PORT") or 8000)
        self.pipedrive_port = int(given.get("SANDBOX_PIPEDRIVE_PORT") or 9100)
        self.xero_port = int(given.get("SANDBOX_XERO_PORT") or 9200)
        self.var = Path(given.get("IB_VAR_DIR") or ROOT / "var").resolve()
        self.pipedrive = f"http://127.0.0.1:{self.pipedrive_port}"
        self.xero = f"http://127.0.0.1:{self.xero_port}"
        self._given = given
        self.site = given.get("SITE_URL") or f"http://localhost:{self.web_port}"

    def own(self) -> dict[str, str]:
        """Return what every child is told of the others and of the demo; no secrets."""
        return {
            "IB_PROFILE": "demo",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "invoicebridge.settings",
            "PYTHONUNBUFFERED": "1",
            "IB_VAR_DIR": str(self.var),
            "WEB_PORT": str(self.web_port),
            "SITE_URL": self.site,
            "PIPEDRIVE_OAUTH_URL": self.pipedrive,
            "PIPEDRIVE_API_HOSTS": f"^{re.escape(self.pipedrive)}$",
            "XERO_API_URL": self.xero,
            "XERO_IDENTITY_URL": self.xero,
            "XERO_LOGIN_URL": self.xero,
            "XERO_WEB_URL": self.xero,
            "SSO_URL": f"{self.pipedrive}/sso",
        }

    def variables(self) -> dict[str, str]:
        """Return the environment of every child. What was given is never overruled."""
        return self.own() | {name: value for name, value in self._given.items() if value}

    def ports(self, parts: Sequence[str]) -> dict[str, int]:
        """Return the variable and the port of each address that these parts listen on."""
        ports = {}
        if "web" in parts:
            ports["WEB_PORT"] = self.web_port
        if "sandbox" in parts:
            ports["SANDBOX_PIPEDRIVE_PORT"] = self.pipedrive_port
            ports["SANDBOX_XERO_PORT"] = self.xero_port
        return ports

    def child(self, part: str) -> Child:
        """Return the child process that runs one of PARTS."""
        python = (sys.executable, "-m")
        celery = (*python, "celery", "--quiet", "-A", "invoicebridge.celery")
        if part == "sandbox":
            listen = ("--pipedrive", self.pipedrive[7:], "--xero", self.xero[7:])
            state = ("--state", str(self.var / "sandbox.sqlite3"), "--app-url", self.site)
            command = (*python, "sandbox", *listen, *state, "--webhooks")
            return Child(part, command, grace_seconds=5)
        if part == "web":
            return Child(part, (*python, "gunicorn", "invoicebridge.wsgi"), grace_seconds=35)
        if part == "worker":
            quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
            return Child(
                part,
                (*celery, "worker", "--pool=prefork", "--concurrency=2", *quiet),
                grace_seconds=40,
            )
        return Child(
            part, (*celery, "beat", "--loglevel", "WARNING", "--pidfile="), grace_seconds=5
        )

    def preparation(self, *, seed: bool) -> Child:
        """Return the one-time child that brings tables and static files up to date."""
        command = (sys.executable, "-m", "invoicebridge.prepare", *(() if seed else ("--no-seed",)))
        return Child("prepare", command, is_once=True)


def demand_free_ports(ports: dict[str, int]) -> None:
    """
    Make sure that nobody listens on these ports of 127.0.0.1.

    :param ports: by the variable that chooses the port
    :raises PortTaken: somebody does; the message says what to do
    """
    for variable, port in ports.items():
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTaken(
                    f"Port {port} is taken by another program. End that program, or choose "
                    f"another port: {variable}={port + 1} make run"
                ) from error


def run(parts: Sequence[str], *, layout: Layout, is_prepared: bool, seed: bool) -> int:
    """
    Run the parts until somebody ends us. Return the exit code of this program.

    :param is_prepared: tables and static files are up to date already
    :param seed: make the demo companies and people while preparing
    """
    os.chdir(ROOT)  # gunicorn finds its settings, and Python the apps, from here
    layout.var.mkdir(parents=True, exist_ok=True)
    beside.leave(layout.var, layout.own())
    supervisor = Supervisor(layout.variables(), lambda line: print(line, flush=True))
    supervisor.obey_signals()
    try:
        for part in parts:
            if part == "sandbox":
                supervisor.add(layout.child(part))
        if not is_prepared:
            preparation = layout.preparation(seed=seed)
            supervisor.add(preparation)
            code = supervisor.wait_for(preparation)
            if code != 0:
                return code
        for part in parts:
            if part != "sandbox" and not supervisor.is_stopping:
                supervisor.add(layout.child(part))
        if set(parts) == set(PARTS):
            wait_until_answering(supervisor, layout.site, layout.web_port)
            if not supervisor.is_stopping:
                print(
                    _WELCOME.format(site=layout.site, pipedrive=layout.pipedrive, xero=layout.xero),
                    flush=True,
                )
        supervisor.run()
    finally:
        supervisor.stop()
    return 0


def wait_until_answering(supervisor: Supervisor, site: str, port: int) -> None:
    """Look after the children until our web server answers, or somebody asks for the end."""
    while not supervisor.is_stopping:
        supervisor.tick()
        if probe.is_answering(site=site, port=port):
            return


def main(arguments: Sequence[str]) -> int:
    """Run from the command line."""
    parser = ArgumentParser(prog="python -m invoicebridge.runner", description=__doc__)
    parser.add_argument("--only", metavar="PARTS", help=f"comma separated, of: {', '.join(PARTS)}")
    parser.add_argument(
        "--no-prepare", action="store_true", help="tables and static files are up to date"
    )
    parser.add_argument(
        "--no-seed", action="store_true", help="do not make the demo companies and people"
    )
    options = parser.parse_args(arguments)
    parts = tuple(options.only.split(",")) if options.only else PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    layout = Layout(dict(os.environ))
    try:
        demand_free_ports(layout.ports(parts))
    except PortTaken as taken:
        print(taken, file=sys.stderr)
        return 2
    return run(parts, layout=layout, is_prepared=options.no_prepare, seed=not options.no_seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
