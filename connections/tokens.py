"""The token set of a grant, whichever vendor gave it."""

from dataclasses import dataclass

from connections.secrets import Secret


@dataclass(frozen=True, slots=True)
class TokenSet:
    """
    What a token endpoint answered (xero-api §2.2, pipedrive-api §1.2).

    ``expires_in`` counts seconds from when the answer came. ``api_domain`` is Pipedrive's only.
    """

    access_token: Secret
    refresh_token: Secret
    expires_in: int
    scopes: tuple[str, ...]
    api_domain: str = ""
