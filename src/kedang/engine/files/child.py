"""Draw one picture from a foreign file, in a process that may die: `python -m kedang.engine.files.child KIND PAGE`.

The file is standard input, already open; the picture goes to standard output, drawn anew, so nothing of the file but
what it shows gets through: no place, no camera, no second content. Exit 3: too many pixels; 4: no such page.
"""

import resource
import sys
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps
from pypdfium2 import PdfDocument, PdfiumError

from kedang.engine.files.rules import NO_PAGE, PDF, PIXELS, TOO_MANY_PIXELS, UNREADABLE

MEMORY_BYTES = 700 * 1024 * 1024
CPU_SECONDS = 20
WIDEST = 1600


LIMITS = ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_CORE, 0))


def main() -> int:
    """Draw standard input to standard output; return the exit status."""
    for kind, most in LIMITS:
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    raw = sys.stdin.buffer.read()
    return page(raw, int(sys.argv[2])) if sys.argv[1] == PDF else picture(raw)


def page(raw: bytes, number: int) -> int:
    """Draw one page of a PDF; no script, form or link of it is looked at."""
    try:
        with PdfDocument(raw) as found:
            if not 0 <= number < len(found):
                return NO_PAGE
            one = found[number]
            scale = min(2.0, WIDEST / max(one.get_width(), one.get_height(), 1.0))
            drawn = one.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    except (PdfiumError, ValueError, RuntimeError):
        return UNREADABLE
    drawn.save(sys.stdout.buffer, "PNG")
    return 0


def picture(raw: bytes) -> int:
    """Draw a picture upright, at most 1600 pixels wide or high."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(raw), formats=["JPEG", "PNG", "GIF", "WEBP"]) as found:
            if found.width * found.height > PIXELS:
                return TOO_MANY_PIXELS
            drawn = ImageOps.exif_transpose(found)
            drawn = drawn.convert(
                "RGBA" if "A" in drawn.getbands() or "transparency" in drawn.info else "RGB"
            )
    except Exception:  # noqa: BLE001  whatever a broken picture does, it is no picture
        return UNREADABLE
    drawn.thumbnail((WIDEST, WIDEST))
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    clean.save(sys.stdout.buffer, "PNG" if clean.mode == "RGBA" else "JPEG", quality=85)
    return 0


if __name__ == "__main__":
    sys.exit(main())
