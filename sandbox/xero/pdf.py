"""Draws an invoice as a real PDF of as many pages as it needs, in the standard Helvetica font."""

from sandbox.xero.models import Invoice

# The letters of Turkish that WinAnsi lacks get the places of letters that no invoice uses.
_LETTERS = {"ğ": 0x7F, "Ğ": 0x81, "ı": 0x8D, "İ": 0x8F, "ş": 0x90, "Ş": 0x9D}
_GLYPHS = ("gbreve", "Gbreve", "dotlessi", "Idotaccent", "scedilla", "Scedilla")
_TOP, _BOTTOM, _STEP = 652, 120, 16
_ROWS_A_PAGE = (_TOP - _BOTTOM) // _STEP

Row = tuple[int, int, str]


def draw(invoice: Invoice) -> bytes:
    """Return the PDF: number, contact, dates, every line and the totals."""
    lines = invoice.lines
    pages = [lines[i : i + _ROWS_A_PAGE] for i in range(0, len(lines), _ROWS_A_PAGE)] or [[]]
    contents = []
    for number, page in enumerate(pages, start=1):
        rows = [*_head(invoice, number, len(pages)), *_lines(page)]
        if number == len(pages):
            rows += _totals(invoice, _TOP - _STEP * len(page))
        contents.append(_content(rows))
    return _assemble(contents)


def _head(invoice: Invoice, number: int, count: int) -> list[Row]:
    return [
        (18, 770, f"INVOICE {invoice.number}"),
        (11, 742, invoice.organisation.name),
        (11, 724, f"To: {invoice.contact.name}"),
        (11, 706, f"Date: {invoice.date}   Due: {invoice.due_date or '-'}"),
        (11, 688, f"Reference: {invoice.reference or '-'}   Status: {invoice.status}"),
        (9, 60, f"Page {number} of {count}"),
    ]


def _lines(lines: list[dict[str, object]]) -> list[Row]:
    return [(10, _TOP - _STEP * index, _line(line)) for index, line in enumerate(lines)]


def _line(line: dict[str, object]) -> str:
    described = str(line["Description"])[:70]
    return f"{line.get('Quantity', '')}  {described}  {line.get('LineAmount', '')}"


def _totals(invoice: Invoice, height: int) -> list[Row]:
    currency = invoice.currency_code
    rows = [
        (11, height - 12, f"Subtotal {invoice.sub_total} {currency}"),
        (11, height - 28, f"Tax {invoice.total_tax} {currency}"),
        (12, height - 46, f"Total {invoice.total} {currency}"),
    ]
    if invoice.amount_paid or invoice.amount_credited:
        rows.append((11, height - 62, f"Amount due {invoice.amount_due} {currency}"))
    return rows


def _content(rows: list[Row]) -> bytes:
    return b"\n".join(
        b"BT /F1 %d Tf 56 %d Td (%s) Tj ET" % (size, y, _encode(text)) for size, y, text in rows
    )


def _encode(text: str) -> bytes:
    """Write text in the font's own encoding; brackets and backslashes are PDF's own signs."""
    out = bytearray()
    for letter in text.replace("\n", " "):
        code = _LETTERS.get(letter)
        out += bytes([code]) if code else letter.encode("cp1252", "replace")
    return out.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _assemble(contents: list[bytes]) -> bytes:
    glyphs = " ".join(
        f"{code} /{name}" for code, name in zip(_LETTERS.values(), _GLYPHS, strict=True)
    )
    first = 5
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding 4 0 R >>",
        f"<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [{glyphs}] >>".encode(),
    ]
    for index, content in enumerate(contents):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (first + 2 * index + 1),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
