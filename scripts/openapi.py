"""Write the OpenAPI document of the API to docs/openapi.json, as reviewed and compared by a test."""

import json
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "openapi.json"


def main() -> int:
    """Write the document; say whether it changed."""
    django.setup()
    from kedang.kits.api.document import openapi  # noqa: PLC0415  after the settings
    from kedang.kits.api.urls import api  # noqa: PLC0415

    text = json.dumps(openapi(api), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    old = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {'unchanged' if text == old else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
