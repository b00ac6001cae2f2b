"""A password that was seen in a breach is refused, by a list that lies here (S-3)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from connections import breached_passwords
from connections.models import User
from invoicebridge import checks

MANY = [f"a password that was seen {number} times" for number in range(3000)]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def write(path: Path, passwords: list[str], *, end: str = "\n", last: str = "\n") -> Path:
    """Write a list as it is handed out: in order, each with a count."""
    lines = sorted(f"{digest(each)}:{len(each) ** 5}" for each in passwords)
    path.write_text(end.join(lines) + (last if lines else ""), encoding="ascii", newline="")
    return path


@pytest.mark.parametrize(("end", "last"), [("\n", "\n"), ("\r\n", "\r\n"), ("\n", "")])
def test_each_of_a_list_is_found_and_nothing_else(tmp_path: Path, end: str, last: str) -> None:
    path = write(tmp_path / "list", MANY, end=end, last=last)

    assert all(breached_passwords.contains(path, each) for each in MANY)
    assert not any(breached_passwords.contains(path, f"{each}!") for each in MANY)


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_a_short_list_is_searched_as_well(tmp_path: Path, count: int) -> None:
    path = write(tmp_path / "list", MANY[:count])

    assert [breached_passwords.contains(path, each) for each in MANY[:count]] == [True] * count
    assert not breached_passwords.contains(path, "never seen before, I hope")


def test_a_large_list_is_never_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "list", MANY)
    read = []
    stock = Path.open

    def counting(self: Path, *args: Any, **kwargs: Any) -> Any:
        file = stock(self, *args, **kwargs)
        line = file.readline

        class Counted:
            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

            def readline(self) -> bytes:
                read.append(1)
                found: bytes = line()
                return found

            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_args: Any) -> None:
                file.close()

        return Counted()

    monkeypatch.setattr(Path, "open", counting)
    breached_passwords.contains(path, "never seen before, I hope")

    assert 0 < len(read) < 200


def test_a_breached_password_is_refused_where_people_choose_one(
    tmp_path: Path, settings: Any
) -> None:
    settings.BREACHED_PASSWORDS_LIST = str(write(tmp_path / "list", MANY))

    with pytest.raises(ValidationError, match="seen in a breach"):
        validate_password(MANY[7])
    validate_password("never seen before, I hope")


@pytest.mark.django_db
def test_nobody_signs_up_with_one(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS_LIST = str(write(tmp_path / "list", MANY))
    form = {"email": "new@brightside.example", "password1": MANY[7], "password2": MANY[7]}

    page = Client().post("/accounts/signup/", form, headers={"Accept-Language": "en"})

    assert "seen in a breach" in page.content.decode()
    assert not User.objects.exists()


def test_a_list_that_is_gone_lets_nothing_through(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS_LIST = str(tmp_path / "gone")

    with pytest.raises(ValidationError, match="cannot be checked just now"):
        validate_password("never seen before, I hope")
    assert [each.id for each in checks.check_breach_list(None)] == ["invoicebridge.E010"]


def test_without_a_list_the_common_ones_are_refused(settings: Any) -> None:
    settings.BREACHED_PASSWORDS_LIST = ""

    with pytest.raises(ValidationError):
        validate_password("password1234")
    validate_password(MANY[7])
    assert checks.check_breach_list(None) == []
