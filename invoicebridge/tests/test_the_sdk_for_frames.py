"""Pipedrive's SDK is taken by its pinned version, and believed by its checksum alone."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from base64 import b64encode
from pathlib import Path

import pytest

from invoicebridge import frame_sdk, frame_sdk_file, runner

CONTENT = b"window.AppExtensionsSDK = class {};\n//# sourceMappingURL=index.umd.js.map"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive as npm packs one, whose checksum is the one that we know."""
    digest = b64encode(hashlib.sha384(CONTENT).digest()).decode()
    monkeypatch.setattr(frame_sdk, "INTEGRITY", f"sha384-{digest}")
    return pack(tmp_path, CONTENT)


def pack(directory: Path, content: bytes, name: str = "package/dist/index.umd.js") -> Path:
    path = directory / "sdk.tgz"
    with tarfile.open(path, "w:gz") as packed:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    return path


def test_the_file_of_the_archive_is_put_beside_ours(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "static" / "vendor" / "sdk.js"

    said = frame_sdk.main([str(archive)], target=target)

    assert said == ""
    # Without the map, which is not kept: static files may not name missing ones.
    assert target.read_bytes() == CONTENT.splitlines()[0] + b"\n"


def test_another_file_is_not_believed(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "sdk.js"
    strangers = [pack(tmp_path, CONTENT + b" "), pack(tmp_path, CONTENT, "package/else.js")]

    for stranger in strangers:
        with pytest.raises(frame_sdk.NotTheSdk):
            frame_sdk.main([str(stranger)], target=target)

    assert not target.exists()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sdk.tgz").write_bytes(b"nothing")

    with pytest.raises(frame_sdk.NotTheSdk):
        frame_sdk.main([str(tmp_path / "sdk.tgz")], target=tmp_path / "sdk.js")


def test_without_npm_the_public_address_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    said = frame_sdk.main([], target=tmp_path / "sdk.js")

    assert frame_sdk_file.URL in said
    assert not (tmp_path / "sdk.js").exists()


def test_an_npm_that_cannot_fetch_is_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert frame_sdk_file.URL in frame_sdk.main([], target=tmp_path / "sdk.js")


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "sdk.js").write_text("there", encoding="utf-8")

    assert frame_sdk.main([], target=tmp_path / "sdk.js") == ""
    assert (tmp_path / "sdk.js").read_text(encoding="utf-8") == "there"


def test_the_image_packs_the_version_that_we_know() -> None:
    text = (runner.ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"npm pack --silent (\S+)", text) == [frame_sdk_file.PACKAGE]
    assert "static/vendor/" in (runner.ROOT / ".gitignore").read_text(encoding="utf-8")
