"""What is refused because it hides, acts or is not what it says; and what ordinary mail may hold."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, String

from services.mailroom.intakes.content import pdf as pdf_module
from services.mailroom.intakes.content.inspection import inspect
from services.mailroom.intakes.content.programs import FORBIDDEN
from shared.errors import Invalid
from tests.unit.mailroom.builders import ATTACHMENT, MAIN, SAMPLES

JS = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
LAUNCH = Dictionary(S=Name.Launch, F=String("cmd.exe"))
INVOICE = b'<?xml version="1.0"?><rsm:CrossIndustryInvoice/>'


def one_page(make: Callable[[Pdf], object]) -> Pdf:
    pdf = Pdf.new()
    pdf.add_blank_page()
    make(pdf)
    return pdf


def saved(folder: Path, make: Callable[[Pdf], object], **options: object) -> Path:
    path = folder / "scan.pdf"
    one_page(make).save(path, **options)  # type: ignore[arg-type]  # pikepdf's own options
    return path


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def verdict(path: Path, name: str = "scan.pdf") -> str:
    try:
        inspect(path, name)
    except Invalid as refusal:
        return refusal.reason
    return "passed"


def nothing(pdf: Pdf) -> None:
    """Leave it an empty page."""


def on_opening(action: object) -> Callable[[Pdf], object]:
    return lambda pdf: pdf.Root.__setitem__("/OpenAction", action)


def on_page(**keys: object) -> Callable[[Pdf], object]:
    def make(pdf: Pdf) -> None:
        for key, value in keys.items():
            pdf.pages[0].obj[f"/{key}"] = value

    return make


def attached(name: str, content: bytes = b"text") -> Callable[[Pdf], object]:
    def make(pdf: Pdf) -> None:
        pdf.attachments[name] = content

    return make


def packed_oddly(pdf: Pdf) -> None:
    stream = pdf.make_stream(b"4D5A00>")
    stream.Filter = Name.ASCIIHexDecode
    pdf.Root.X = Dictionary(Type=Name.Filespec, F=String("x.xml"), EF=Dictionary(F=stream))


def form(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Tx, T=String("naam"), V=String("Piet"))]))


def deep(pdf: Pdf) -> None:
    inner: pikepdf.Object = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    for _ in range(200):
        inner = Array([inner])
    pdf.Root.Deep = inner


def field_script(pdf: Pdf) -> None:
    form(pdf)
    pdf.Root.AcroForm.Fields[0].AA = Dictionary(K=JS)


@pytest.mark.parametrize("name", [MAIN, ATTACHMENT])
def test_a_scan_passes(name: str) -> None:
    inspect(SAMPLES / name, name)


@pytest.mark.parametrize(
    "make",
    [
        nothing,
        on_opening(Array([Name.Fit])),
        on_opening(Dictionary(S=Name.GoTo, D=Array([Name.Fit]))),
        attached("factur-x.xml", INVOICE),
        attached("bijlage.txt"),
        form,
        on_page(Annots=Array([Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://x.example")))])),
        lambda pdf: pdf.Root.__setitem__("/StructTreeRoot", Dictionary(K=Dictionary(S=Name.P))),
    ],
    ids=["empty page", "a page to open at", "GoTo", "e-invoice", "text attached", "form", "link", "tagged"],
)  # fmt: skip
def test_what_ordinary_pdfs_hold_passes(tmp_path: Path, make: Callable[[Pdf], object]) -> None:
    assert verdict(saved(tmp_path, make)) == "passed"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "in object streams"])
@pytest.mark.parametrize(
    "make",
    [
        on_opening(JS),
        on_opening(LAUNCH),
        on_opening(Dictionary(S=Name.URI, URI=String("https://x.example"))),
        on_opening(Dictionary(S=Name.GoTo, D=Array([Name.Fit]), Next=Array([LAUNCH]))),
        on_page(AA=Dictionary(O=JS)),
        on_page(Annots=Array([Dictionary(Subtype=Name.RichMedia)])),
        on_page(Annots=Array([Dictionary(A=Dictionary(S=Name.Rendition, JS=String("app.alert(1)")))])),
        on_page(Annots=Array([Dictionary(Subtype=Name.Link, A=LAUNCH)])),
        lambda pdf: pdf.Root.__setitem__("/AcroForm", Dictionary(XFA=Array([]))),
        lambda pdf: pdf.Root.__setitem__("/Names", Dictionary(JavaScript=Dictionary(Names=Array([String("a"), JS])))),
        field_script,
        deep,
        attached("factuur.exe"),
        attached("Factuur.PDF.JS"),
        attached("archief.zip"),
        attached("factur-x.xml", b"MZ\x90\x00\x03"),
        attached("leesmij.txt", b"#!/bin/sh\n"),
        packed_oddly,
    ],
    ids=[
        "script on opening", "program on opening", "site on opening", "program after a page", "script on a page",
        "rich media", "film with a script", "link that launches", "XFA", "named script", "script in a field", "deep", "exe", "js", "zip",
        "program called xml", "script called text", "packed oddly",
    ],
)  # fmt: skip
def test_what_acts_or_carries_programs_is_active(tmp_path: Path, make: Callable[[Pdf], object], packed: bool) -> None:
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable

    assert verdict(saved(tmp_path, make, object_stream_mode=mode)) == "active_pdf"


@pytest.mark.parametrize(
    ("encryption", "expected"),
    [
        (pikepdf.Encryption(user="geheim", owner="baas"), "encrypted_pdf"),
        (pikepdf.Encryption(owner="baas", allow=pikepdf.Permissions(extract=False)), "encrypted_pdf"),
        (pikepdf.Encryption(owner="baas", allow=pikepdf.Permissions(modify_other=False)), "passed"),
    ],
    ids=["password", "text may not be taken out", "may be read, not changed"],
)
def test_what_hides_its_content_is_encrypted(tmp_path: Path, encryption: pikepdf.Encryption, expected: str) -> None:
    assert verdict(saved(tmp_path, nothing, encryption=encryption)) == expected


def test_a_pdf_for_holders_of_a_certificate_is_encrypted(tmp_path: Path) -> None:
    path = saved(tmp_path, nothing, encryption=pikepdf.Encryption(owner="baas"))
    path.write_bytes(path.read_bytes().replace(b"/Filter /Standard", b"/Filter /Adobe.PK"))

    assert verdict(path) == "encrypted_pdf"


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n", b"%PDF-1.7\nniets", b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>"],
    ids=["header only", "no objects", "no pages"],
)
def test_what_cannot_be_opened_is_unreadable(tmp_path: Path, content: bytes) -> None:
    assert verdict(written(tmp_path, content)) == "unreadable_pdf"


def test_a_pdf_without_pages_is_unreadable(tmp_path: Path) -> None:
    Pdf.new().save(tmp_path / "empty.pdf")

    assert verdict(tmp_path / "empty.pdf") == "unreadable_pdf"


def test_names_from_before_unicode_pass(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda pdf: pdf.Root.__setitem__("/Cafe", Dictionary(S=Name.Cafe, Subtype=Name.Cafe)))
    path.write_bytes(path.read_bytes().replace(b"/Cafe", b"/Caf\xe9"))

    assert verdict(path) == "passed"


def test_a_pdf_whose_table_is_damaged_is_read_as_readers_do(tmp_path: Path) -> None:
    path = saved(tmp_path, on_opening(JS))
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxxxx"))

    assert verdict(path) == "active_pdf"


def test_a_script_behind_a_bomb_is_not_overlooked(tmp_path: Path) -> None:
    assert verdict(written(tmp_path, hidden_script(padding=10))) == "active_pdf"
    assert verdict(written(tmp_path, hidden_script(padding=pdf_module._LARGEST_TABLE + 1))) == "unreadable_pdf"


def test_more_objects_than_can_be_looked_at_are_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "_MOST_OBJECTS", 2)

    assert verdict(saved(tmp_path, nothing)) == "unreadable_pdf"


def test_a_long_pdf_is_not_read_into_memory(tmp_path: Path) -> None:
    image = bytes(1024 * 1024)
    path = saved(
        tmp_path,
        lambda pdf: pdf.Root.__setitem__("/X", Array([pdf.make_stream(image) for _ in range(80)])),
        compress_streams=False,
    )

    grown = subprocess.run([sys.executable, "-c", MEASURED, path], check=True, capture_output=True, text=True).stdout

    assert path.stat().st_size > 80 * len(image)
    assert int(grown) * 1024 < 20 * len(image)


MEASURED = """
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from services.mailroom.intakes.content.pdf import _qpdf, inspect_pdf

_qpdf()
before = getrusage(RUSAGE_SELF).ru_maxrss
inspect_pdf(Path(sys.argv[1]))
print(getrusage(RUSAGE_SELF).ru_maxrss - before)
"""
SAMPLE = (SAMPLES / MAIN).read_bytes()


@settings(max_examples=200)
@given(at=st.integers(0, len(SAMPLE) - 1), new=st.binary(max_size=12), cut=st.integers(0, 40))
def test_whatever_is_damaged_a_pdf_passes_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes, cut: int
) -> None:
    path = written(tmp_path_factory.mktemp("pdf"), b"%PDF-" + (SAMPLE[:at] + new + SAMPLE[at + cut :])[5:])

    assert verdict(path) in ("passed", "active_pdf", "encrypted_pdf", "unreadable_pdf")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"\xef\xbb\xbf\n" + SAMPLE),
        ("a.PDF", SAMPLE),
        ("a.eml", b"From: Piet <piet@burger.example.org>\r\nSubject: x\r\n\r\nDag"),
        ("a.eml", b"From piet Wed Nov 18\nReceived: from x\n\nDag"),
        ("a.eml", b"MZ-Header: x\n\n"),
        ("a.tif", b"II*\x00rest"),
        ("a.tiff", b"MM\x00*rest"),
        ("a.tiff", b"MM\x00+rest"),
        ("a.jpg", b"\xff\xd8\xff\xe0rest"),
        ("a.jpeg", b"\xff\xd8\xff\xe1rest"),
        ("a.png", b"\x89PNG\r\n\x1a\nrest"),
        ("a.docx", b"PK\x03\x04rest"),
    ],
)
def test_a_file_that_is_what_its_name_says_passes(tmp_path: Path, name: str, content: bytes) -> None:
    assert verdict(written(tmp_path, content), name) == "passed"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b""),
        ("a.pdf", b"<html>%PDF-1.7"),
        ("a.eml", b"<html><body>Dag: x"),
        ("a.eml", b"From: x\x00y"),
        ("a.eml", b"\xff\xfeF\x00r\x00o\x00m\x00:\x00"),
        ("a.eml", b"\n\nFrom: x"),
        ("a.tif", b"\xff\xd8\xff\xe0"),
        ("a.jpg", b"\x89PNG\r\n\x1a\n"),
        ("a.png", b"GIF89a"),
    ],
)
def test_a_file_of_another_kind_than_its_name_says_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert verdict(written(tmp_path, content), name) == "content_differs_from_type"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *[(f"letter{ending.upper()}", b"x") for ending in sorted(FORBIDDEN)],
        ("a.pdf", b"MZ\x90\x00"),
        ("a.docx", b"MZ\x90\x00"),
        ("a.png", b"\x7fELF\x02"),
        ("a.eml", b"#!/bin/sh"),
        ("a.pdf", b"PK\x03\x04"),
        ("a.tif", b"Rar!\x1a\x07\x00"),
    ],
)
def test_programs_scripts_and_archives_are_forbidden_by_name_and_by_nature(
    tmp_path: Path, name: str, content: bytes
) -> None:
    assert verdict(written(tmp_path, content), name) == "forbidden_type"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Bezwaar Proefburger.pdf", b"x"),
        ("Proefburger.exe", b"x"),
        ("Proefburger.pdf", b"%PDF-1.7"),
        ("x.Proefburger", b"MZ\x00"),
    ],
)
def test_a_refusal_names_no_file_and_no_cause_that_does(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "Proefburger"
    path.write_bytes(content)

    with pytest.raises(Invalid) as refusal:
        inspect(path, name)

    assert "roefburger" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def hidden_script(padding: int) -> bytes:
    """Return a PDF whose script stands in a packed object, behind *padding* blanks."""
    index = b"10 0 "
    packed = zlib.compress(index + b" " * padding + b"<</S/JavaScript/JS(app.alert(1))>>", 9)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 10 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>>>",
        4: b"<</Type/ObjStm/N 1/First %d/Filter/FlateDecode/Length %d>>\nstream\n" % (len(index), len(packed))
        + packed
        + b"\nendstream",
    }
    made, places = b"%PDF-1.5\n", {0: (0, 0, 65535), 10: (2, 4, 0)}
    for number, content in objects.items():
        places[number] = (1, len(made), 0)
        made += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    places[5] = (1, len(made), 0)
    rows = b"".join(struct.pack(">BIH", *places.get(number, (0, 0, 0))) for number in range(11))
    table = b"<</Type/XRef/Size 11/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n" % len(rows) + rows + b"\nendstream"
    return made + b"5 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[5][1]
