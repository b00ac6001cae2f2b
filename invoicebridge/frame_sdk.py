"""
Puts Pipedrive's own SDK for frames beside our static files: `python -m invoicebridge.frame_sdk`.

It is fetched by its pinned version with npm, or taken from an archive that `npm pack` made, and
believed only by its checksum. Where there is neither, our frames load the same file from the
public address, held to the same checksum (settings.FRAME_SDK_…).
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from invoicebridge.frame_sdk_file import INTEGRITY, PACKAGE, TARGET, URL

_MEMBER = "package/dist/index.umd.js"
_SECONDS = 60


class NotTheSdk(Exception):
    """The archive does not hold the file that we know."""


def install(archive: Path, target: Path) -> None:
    """
    Put the SDK of an archive to the target.

    :raises NotTheSdk: its checksum is another one; nothing was written
    """
    try:
        with tarfile.open(archive) as packed:
            member = packed.extractfile(_MEMBER)
            content = member.read() if member else b""
    except (tarfile.TarError, KeyError, OSError) as error:
        raise NotTheSdk(f"{archive.name} cannot be read") from error
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    if f"sha384-{digest}" != INTEGRITY:
        raise NotTheSdk(f"{archive.name} holds another file than {PACKAGE} of {INTEGRITY}")
    # The map that the last line names is not kept, and static files may name no missing ones.
    lines = [line for line in content.splitlines() if not line.startswith(b"//# sourceMapping")]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"\n".join(lines) + b"\n")


def fetch(npm: str, directory: Path) -> Path | None:
    """Have npm download the archive; None when it cannot."""
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(directory)]
    try:
        subprocess.run(command, check=True, timeout=_SECONDS, capture_output=True, cwd=directory)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return next(directory.glob("*.tgz"), None)


def main(arguments: Sequence[str], *, target: Path = TARGET) -> str:
    """
    Install the SDK unless it is there; return what to tell, "" for nothing.

    :param arguments: an archive to take it from, or none
    :raises NotTheSdk: what was given or fetched is not what we know
    """
    if arguments:
        install(Path(arguments[0]), target)
        return ""
    if target.is_file():
        return ""
    npm = shutil.which("npm")
    with tempfile.TemporaryDirectory() as directory:
        archive = fetch(npm, Path(directory)) if npm else None
        if archive is None:
            return f"Without npm, the frames in Pipedrive load its SDK from {URL}"
        install(archive, target)
    return ""


if __name__ == "__main__":
    try:
        said = main(sys.argv[1:])
    except NotTheSdk as error:
        sys.exit(str(error))
    if said:
        print(said)  # noqa: T201
