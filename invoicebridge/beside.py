"""
Commands beside `make run`: they get the addresses that its parts were started with.

`make run` leaves these in its folder (`var/demo.json`, addresses and folders, no secrets). A
command that is given a profile or a secret key of its own is a set-up of its own and takes nothing
from there. In the image of a deployment there is no such file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "demo.json"
_OWN = ("IB_PROFILE", "SECRET_KEY", "SECRET_KEY_FILE")


def leave(folder: Path, variables: Mapping[str, str]) -> None:
    """
    Write down what the parts were started with.

    :param folder: of the demo's data
    :param variables: without secrets
    """
    (folder / NAME).write_text(json.dumps(dict(variables), indent=1), encoding="utf-8")


def join(environment: MutableMapping[str, str]) -> None:
    """Take over what `make run` left, unless this is a set-up of its own; what is given stays."""
    if any(environment.get(name) for name in _OWN):
        return
    left = Path(environment.get("IB_VAR_DIR") or ROOT / "var") / NAME
    if left.is_file():
        for name, value in json.loads(left.read_text(encoding="utf-8")).items():
            environment[name] = environment.get(name) or value
