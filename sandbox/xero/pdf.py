"""Draws an invoice as a real one-page PDF with the standard Helvetica font."""

from sandbox.xero.models import Invoice

_ASCII = str.maketrans("çğıİöşüÇĞÖŞÜ", "cgiIosuCGOSU")


def draw(invoice: Invoice) -> bytes:
    """Return the PDF: number, contact, dates, lines and totals, in the invoice's currency."""
    rows = [
        (18, 770, f"INVOICE {invoice.number}"),
        (11, 742, invoice.organisation.name),
        (11, 724, f"To: {invoice.contact.name}"),
        (11, 706, f"Date: {invoice.date}   Due: {invoice.due_date or '-'}"),
        (11, 688, f"Reference: {invoice.reference or '-'}   Status: {invoice.status}"),
    ]
    height = 652
    for line in invoice.lines[:30]:
        amount = line.get("LineAmount", "")
        quantity = line.get("Quantity", "")
        rows.append((10, height, f"{quantity}  {line['Description'][:70]}  {amount}"))
        height -= 16
    rows += [
        (11, height - 12, f"Subtotal {invoice.sub_total} {invoice.currency_code}"),
        (11, height - 28, f"Tax {invoice.total_tax} {invoice.currency_code}"),
        (12, height - 46, f"Total {invoice.total} {invoice.currency_code}"),
    ]
    content = "\n".join(f"BT /F1 {size} Tf 56 {y} Td ({_escape(t)}) Tj ET" for size, y, t in rows)
    return _assemble(content.encode("latin-1", "replace"))


def _escape(text: str) -> str:
    text = text.translate(_ASCII)
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assemble(content: bytes) -> bytes:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources 6 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Font << /F1 4 0 R >> >>",
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
