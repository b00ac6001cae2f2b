"""What a page can do without is left out when it cannot be written, but never half of a whole."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, transaction

from connections import dispensable


@pytest.mark.django_db(transaction=True)
def test_a_refused_write_is_left_out() -> None:
    with dispensable.write("calls"):
        raise OperationalError("No space left on device")


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_it_is_an_error_like_any_other() -> None:
    with pytest.raises(OperationalError), transaction.atomic(), dispensable.write("calls"):
        raise OperationalError("No space left on device")


@pytest.mark.django_db(transaction=True)
def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(IntegrityError), dispensable.write("calls"):
        raise IntegrityError("duplicate key")
