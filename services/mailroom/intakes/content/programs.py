"""Knows programs, scripts and archives, by their endings and by their first bytes."""

from __future__ import annotations

_RUN = {".apk", ".app", ".appx", ".com", ".cpl", ".dll", ".exe", ".gadget", ".jar", ".msc", ".msi", ".msix", ".msp"}
_SCRIPTS = {".bat", ".cmd", ".hta", ".js", ".jse", ".ps1", ".psm1", ".reg", ".sh", ".vb", ".vbe", ".vbs", ".wsf"}
_LINKS = {".chm", ".lnk", ".scf", ".scr", ".settingcontent-ms", ".url", ".wsh", ".xll"}
_MACROS = {".docm", ".dotm", ".potm", ".pptm", ".xlsm", ".xltm"}
_PACKED = {".7z", ".cab", ".gz", ".img", ".iso", ".rar", ".tar", ".vhd", ".vhdx", ".zip"}

# Never a letter, whatever hub.toml allows.
FORBIDDEN = frozenset(_RUN | _SCRIPTS | _LINKS | _MACROS | _PACKED)

# Linux, macOS and Java programs, scripts, Windows shortcuts.
_PROGRAMS = (
    b"\x7fELF",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
# zip (also empty), rar, 7z, gzip, cab, bzip2, xz
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"MSCF",
    b"BZh",
    b"\xfd7zXZ",
)


def is_program(head: bytes) -> bool:
    """Tell whether what begins with *head* can be run. A text may begin with MZ; a Windows program has NULs."""
    return head.startswith(_PROGRAMS) or (head.startswith(b"MZ") and b"\x00" in head)


def is_archive(head: bytes) -> bool:
    """Tell whether something that begins with *head* is packed. Office documents are too."""
    return head.startswith(_ARCHIVES)
