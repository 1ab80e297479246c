"""What may be attached, and how it may be shown. Pure: bytes and names in, words out."""

FILE_BYTES = 50 * 1024 * 1024
AT_ONCE = 20
PIXELS = 50_000_000
TEXT_BYTES = 64 * 1024
TOO_MANY_PIXELS, NO_PAGE, UNREADABLE = 3, 4, 5  # how the process that draws ends
PICTURE, PDF, TEXT, OTHER = "picture", "pdf", "text", "other"

PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
)
PROGRAM_ENDS = frozenset(
    {
        "exe", "com", "scr", "pif", "msi", "msp", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "wsf", "wsh", "hta", "cpl",
        "dll", "sys", "lnk", "reg", "jar", "apk", "app", "dmg", "pkg", "deb", "rpm",
    }
)  # fmt: skip
TEXT_ENDS = frozenset({"txt", "csv", "tsv", "md", "log", "json", "xml", "yaml", "yml", "ini", "toml", "eml"})


def is_program(name: str, head: bytes) -> bool:
    """Say whether a file would run when somebody opens it, by what it is called or how it begins."""
    ends = {part.lower() for part in name.split(".")[1:]}
    return bool(ends & PROGRAM_ENDS) or head.startswith(PROGRAMS)


def kind_of(name: str, head: bytes) -> str:
    """Return how a file may be shown: by its bytes, never by what it is called; text also needs a text's name."""
    if head.startswith(PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return PICTURE
    if head.startswith(b"%PDF-"):
        return PDF
    if name.rpartition(".")[2].lower() in TEXT_ENDS and head and b"\x00" not in head:
        return TEXT
    return OTHER
