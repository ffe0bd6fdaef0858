"""Looks into a PDF for what hides its content or acts by itself, without running or unpacking any of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Any

from services.mailroom.intakes.content.programs import FORBIDDEN, is_program
from shared.errors import Invalid

if TYPE_CHECKING:
    import pikepdf

_MOST_OBJECTS = 200_000  # qpdf holds each in about 1.5 KB
_LARGEST_TABLE = 32 * 1024 * 1024  # bytes of unpacked objects; a real one has some thousands
_LARGEST_EMBEDDED = 64 * 1024 * 1024

_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData"})
_QUIET = frozenset({"/GoTo", "/Named", "/GoTo3DView", "/SetOCGState", "/Hide", "/Trans"})  # may happen on opening
_SIGNS = frozenset({"/JS", "/XFA", "/RichMediaContent", "/RichMediaSettings", "/OnInstantiate"})


def inspect_pdf(path: Path) -> None:
    """Pass a PDF that can be opened, read and kept, and does nothing but show itself.

    Raises: Invalid("encrypted_pdf"), Invalid("active_pdf"), Invalid("unreadable_pdf").
    """
    qpdf = _qpdf()
    try:
        # Not mapped into memory: a share that drops away would kill the process.
        with qpdf.open(path, access_mode=qpdf.AccessMode.stream) as pdf:
            _refuse_restricted(pdf)
            _refuse_empty(pdf)
            for part in _parts(pdf):
                _refuse_active(part)
            _refuse_hidden(pdf)
    except qpdf.PasswordError:
        raise Invalid("encrypted_pdf", "pdf: it opens with a password only") from None
    except (qpdf.PdfError, ValueError, TypeError, RuntimeError) as error:
        if "(encryption dictionary" in str(error):  # a certificate, or a scheme that qpdf does not know
            raise Invalid("encrypted_pdf", "pdf: encrypted in a way that is not known") from None
        # `from None`: qpdf's own words begin with the name of the file.
        raise Invalid("unreadable_pdf", f"pdf: broken, {type(error).__name__}") from None


@cache
def _qpdf() -> ModuleType:
    """Return pikepdf, made to stop at bombs. The limit is of the whole process, so it is set once."""
    import pikepdf  # noqa: PLC0415  # loads qpdf, some 20 MB: only for who inspects

    # https://pikepdf.readthedocs.io/en/latest/api/main.html
    pikepdf.settings.set_qpdf_limits(flate_max_memory=_LARGEST_TABLE)
    return pikepdf


def _refuse_restricted(pdf: pikepdf.Pdf) -> None:
    """Refuse what opens and yet may not be read: it could be neither searched nor turned into an archive copy."""
    if pdf.is_encrypted and not pdf.allow.extract:
        raise Invalid("encrypted_pdf", "pdf: its owner forbids to take text out of it")


def _refuse_empty(pdf: pikepdf.Pdf) -> None:
    if not pdf.pages:
        raise Invalid("unreadable_pdf", "pdf: expected pages, came none")


def _refuse_hidden(pdf: pikepdf.Pdf) -> None:
    """Refuse objects that stayed packed: what was not seen may act. No other stream was unpacked here."""
    if any("error decoding stream data" in warning for warning in pdf.get_warnings()):
        raise Invalid("unreadable_pdf", f"pdf: objects that cannot be unpacked within {_LARGEST_TABLE} bytes")


def _parts(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every dictionary and stream of *pdf*, however deep inside others; what is referred to comes once."""
    qpdf = _qpdf()
    if len(pdf.get_xref_table()) > _MOST_OBJECTS:
        raise Invalid("unreadable_pdf", f"pdf: more than {_MOST_OBJECTS} objects, too many to look at")
    waiting: list[Any] = [pdf.trailer]
    waiting.extend(pdf.objects)
    while waiting:
        part = waiting.pop()
        if isinstance(part, qpdf.Dictionary | qpdf.Stream):
            yield part
            inner = part.values()
        elif isinstance(part, qpdf.Array):
            inner = part
        else:
            continue
        waiting.extend(each for each in inner if isinstance(each, qpdf.Object) and not each.is_indirect)


def _refuse_active(part: Any) -> None:
    """Refuse a dictionary that runs, starts, fetches or carries something (ISO 32000-1, 12.6 and 7.11.4)."""
    keys = set(part.keys())
    if keys & _SIGNS or _name(part, "/S") in _ACTIONS or _name(part, "/Subtype") == "/RichMedia":
        raise Invalid("active_pdf", "pdf: it holds a script, a program or a form that runs")
    if "/OpenAction" in keys and _acts(part["/OpenAction"]):
        raise Invalid("active_pdf", "pdf: opening it does more than show a page")
    if "/EF" in keys and _carries_program(part):
        raise Invalid("active_pdf", "pdf: a program or archive is attached inside it")


def _acts(action: Any) -> bool:
    """Tell whether *action* does more than turn to a page; a destination without an action is a page."""
    return isinstance(action, _qpdf().Dictionary) and _name(action, "/S") not in _QUIET


def _name(part: Any, key: str) -> str:
    value = part.get(key)  # a name of before Unicode is no UTF-8, and is none of those that we look for
    return bytes(value).decode("latin-1") if isinstance(value, _qpdf().Name) else ""


def _carries_program(file: Any) -> bool:
    """Tell whether an attachment is a program or archive, by its names or first bytes; an invoice's XML is none."""
    named = [str(file[key]) for key in ("/F", "/UF") if isinstance(file.get(key), _qpdf().String)]
    if any(PurePath(name.strip()).suffix.lower() in FORBIDDEN for name in named):
        return True
    embedded = file["/EF"]
    if not isinstance(embedded, _qpdf().Dictionary):
        return False
    return any(_is_program(stream) for stream in embedded.values() if isinstance(stream, _qpdf().Stream))


def _is_program(stream: Any) -> bool:
    """Look at the first bytes only. What is too long, or packed in a way that attachments are not, counts as one."""
    packing = stream.get("/Filter")
    if isinstance(packing, _qpdf().Array) and len(packing) == 1:
        packing = packing[0]
    if int(stream.get("/Length", 0)) > _LARGEST_EMBEDDED or (packing is not None and str(packing) != "/FlateDecode"):
        return True
    raw = stream.read_raw_bytes()
    try:
        head = raw if packing is None else zlib.decompressobj().decompress(raw, 4096)
    except zlib.error:
        return True
    return is_program(head[:4096])
