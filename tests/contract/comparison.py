"""Exchanges held against the published files, with the documented deviations taken out."""

from collections.abc import Callable, Iterable, Sequence

from tests.contract.deviations import DEVIATIONS, Deviation
from tests.contract.published import Finding, Published
from tests.contract.recorder import Exchange


class Comparison:
    """The calls to one vendor, each made once whoever asks first."""

    def __init__(
        self, vendor: str, files: Sequence[Published], make: Callable[[str], list[Exchange]]
    ) -> None:
        """:param make: makes the call of that name and returns what passed"""
        self._vendor = vendor
        self._files = files
        self._make = make
        self._exchanges: dict[str, list[Exchange]] = {}

    def list_unexcused(self, call: str) -> list[Finding]:
        """Return what a call shows that is neither published nor documented as live behaviour."""
        return [each for each in self._list_findings(call) if not self._list_excuses(each)]

    def list_missing_routes(self, calls: Iterable[str]) -> list[str]:
        """Return the routes of the files that none of the calls took."""
        taken = {self._find(each)[1] for call in calls for each in self._exchanges_of(call)}
        return [route for file in self._files for route in file.list_routes() if route not in taken]

    def list_stale_excuses(self, calls: Iterable[str]) -> list[Deviation]:
        """Return the documented deviations that none of the calls shows."""
        used = [
            excuse
            for call in calls
            for finding in self._list_findings(call)
            for excuse in self._list_excuses(finding)
        ]
        return [each for each in DEVIATIONS if each.vendor == self._vendor and each not in used]

    def _exchanges_of(self, call: str) -> list[Exchange]:
        if call not in self._exchanges:
            self._exchanges[call] = self._make(call)
            assert self._exchanges[call], f"{call}: nothing passed"
        return self._exchanges[call]

    def _list_findings(self, call: str) -> list[Finding]:
        return sorted(
            {
                finding
                for exchange in self._exchanges_of(call)
                for finding in self._find(exchange)[0].check(exchange)
            }
        )

    def _list_excuses(self, finding: Finding) -> list[Deviation]:
        return [each for each in DEVIATIONS if each.excuses(self._vendor, finding)]

    def _find(self, exchange: Exchange) -> tuple[Published, str]:
        for file in self._files:
            if route := file.name_route(exchange):
                return file, route
        raise AssertionError(f"{exchange.method} {exchange.path} is not published")
