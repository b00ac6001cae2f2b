"""The invented companies that the pretend Pipedrive starts with."""

from sandbox.pipedrive.seed import anadolu, brightside


def seed() -> None:
    """Fill the empty tables; called inside one transaction."""
    brightside.seed()
    anadolu.seed()
