"""
What vendors refused in words that our table does not know: counted by shape, for it to grow by.

Nothing of a customer is kept: a shape holds words of a fixed vocabulary only, and whatever is
quoted, has a digit or a sign, or is any other word, becomes "…". Whoever has to know the rest finds
the operation in the admin.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from connections import errors, refusal_table, statements
from connections.models import UnknownRefusal

MOST_SHAPE: Final = 200
# A wording that nobody has met for so long is not worth a row of the table any more.
KEPT: Final = timedelta(days=180)
GONE: Final = "…"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|‘[^’]*’|\([^)]*\)|\[[^\]]*\]")
_WORD = re.compile(r"\S+")
_PARTED = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_AGAIN = re.compile(r"…([.,;:!?]?\s*…)+")
# The words of refusals: of grammar, and of invoicing. A name that is such a word says nothing.
_WORDS: Final = """
    a about above accept accepted access account accounts action active add added address after
    again all allocated allow allowed already also although always amount amounts an and another
    any api app applied apply approve approved archived are as assign assigned at attachment
    attempt authorised authorized available balance bank base batch be because been before being
    below between bill billing book books both brand branding but by can cannot change changed
    changes character characters charge check choose city closed code codes combined company
    complete conflict connect connected contact contacts contain contains could country create
    created creating credit currencies currency current currently customer customers data date
    dates day days deal deals decimal decimals default delete deleted deleting description
    details did differ different digits disabled discount do document documents does done draft
    due duplicate each edit edited either else email emailed emails empty enabled end endpoint
    enough enter entered error errors every exceed exceeded exceeds except exclusive exist
    existing exists expected expired expiry failed feature field fields file financial find
    first for format found from future general given greater group gst had has have history how
    id identifier ids if in inactive include included inclusive incorrect information input
    internal into invalid inventory invoice invoiced invoices is isn issue it item items its
    just key large last late later least length less letter letters limit limits line lines link
    linked list lock locked longer made make many match matches maximum may method minimum
    missing mode modification modified modify money month more most must name named names need
    needs negative never new no none nor not note nothing now null number numbers object of off
    old on once one only open operation option options or order organisation organization other
    otherwise out outside outstanding over overpayment own paid parameter parameters part parts
    past pay payment payments pending per percent percentage period permission permissions
    permitted person pipedrive place plan please possible post postal prepayment prevent
    previous price prices problem process processed product products property provide provided
    purchase quantities quantity quote range rate rates reached read reason received recognised
    recognized reconciled record records reference refund region rejected remaining remove
    removed request requests required resource resources restricted revoked role rounding sale
    sales same save saved schedule scope search second seconds select selected send sent server
    set settings shall short should since so sold some specified specify start started state
    status stock stop submit submitted subscribed subscription such supported tax taxes taxtype
    template temporarily tenant term terms text than that the their them theme then there these
    they this those though time timezone to too total tracking transaction transactions trial
    trying two type types unable unauthorised unauthorized under unexpected unique unit units
    unknown unless unsupported until up update updated updates upon url use used user users uses
    using valid validation value values vat void voided was we webhook webhooks were what when
    where which while who will with within without would wrong xero year years you your zero
    zone
"""
_VOCABULARY: Final = frozenset(_WORDS.split())


def shape(message: str) -> str:
    """Return a vendor's message without anything that may be a customer's."""
    text = _QUOTED.sub(GONE, message)
    words = (_word(each) for each in _WORD.findall(text)[:MOST_SHAPE])
    return _AGAIN.sub(GONE, " ".join(words))[:MOST_SHAPE]


def count(error: errors.ProviderError, *, now: datetime) -> None:
    """Count what a refusal said, as far as the table does not know it."""
    if not isinstance(error, errors.Rejected | errors.Forbidden):
        return
    vendor: refusal_table.Vendor = "pipedrive" if error.vendor == "pipedrive" else "xero"
    shapes = {
        shape(said) for said in error.messages if refusal_table.find(vendor, said) is None
    } - {"", GONE}
    if not shapes:
        return
    rows = [(vendor, each, 1, now, now) for each in sorted(shapes)]
    statements.run(
        statements.insertion(UnknownRefusal, _NAMES, rows, on_conflict=_COUNT_AGAIN),
    )


def forget_old(*, now: datetime) -> None:
    """Drop what was not met again for a long time."""
    UnknownRefusal.objects.filter(last_at__lt=now - KEPT).delete()


_NAMES = ("vendor", "shape", "count", "first_at", "last_at")
_COUNT_AGAIN = (
    "(vendor, shape) DO UPDATE SET"
    " count = connections_unknownrefusal.count + 1, last_at = excluded.last_at"
)


def _word(word: str) -> str:
    """Return a word of the vocabulary as it is, "…" for any other, the sign behind it kept."""
    bare = word.rstrip(".,;:!?")
    sign = word[len(bare) :][:1]
    parts = _PARTED.findall(bare)
    is_known = bool(parts) and "".join(parts) == bare
    is_known = is_known and all(part.lower() in _VOCABULARY for part in parts)
    return (bare if is_known else GONE) + sign
