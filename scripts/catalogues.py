"""The message catalogues: extract, update, check, compile.

English is written in the code. People write Simplified Chinese in zh_Hans/LC_MESSAGES/django.po; Traditional
Chinese is converted from it by OpenCC with Taiwan's phrases, and locale/zh_Hant.overrides.toml corrects that.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import opencc
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/kedang"
LOCALE = SOURCE / "locale"
OVERRIDES = LOCALE / "zh_Hant.overrides.toml"
SOURCES = ("*.py", "templates/**/*.html", "templates/**/*.txt")
LANGUAGES = ("zh_Hans", "zh_Hant")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "_": None,
}
HEADER = """# Messages of Kedang (客档).
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
Key = tuple[str, str | tuple[str, ...]]


def main(words: list[str]) -> int:
    """Run `check`, `update` or `compile FILE…`."""
    match words:
        case ["check"]:
            return check()
        case ["update"]:
            return update()
        case ["compile", *files]:
            for file in files:
                compile_one(Path(file))
            return 0
        case _:
            sys.stderr.write("catalogues.py check | update | compile FILE…\n")
            return 2


def check() -> int:
    """Report messages missing, left over, empty, fuzzy, or with other placeholders than their English."""
    wanted = extracted()
    faults = [fault for language in LANGUAGES for fault in faults_of(language, wanted)]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    if faults:
        sys.stderr.write(f"{len(faults)} faults in the catalogues; 'make messages' brings them up to date\n")
    return 1 if faults else 0


def faults_of(language: str, wanted: Catalog) -> Iterator[str]:
    """Yield what is wrong with one catalogue."""
    if not po_file(language).exists():
        yield f"{language}: there is no catalogue"
        return
    catalogue = read(language)
    have = {key_of(message) for message in catalogue if message.id}
    need = {key_of(message) for message in wanted if message.id}
    yield from (f"{language}: missing {key!r}" for key in sorted(need - have, key=repr))
    yield from (f"{language}: no longer used {key!r}" for key in sorted(have - need, key=repr))
    for message in catalogue:
        if message.id:
            yield from (f"{language}: {fault} {message.id!r}" for fault in faults_in(message))


def faults_in(message: Message) -> Iterator[str]:
    """Yield what is wrong with one message."""
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    if message.fuzzy:
        yield "fuzzy"
    if not all(texts):
        yield "empty"
        return
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    expected = {hole for one in ids for hole in PLACEHOLDER.findall(one)}
    if any(set(PLACEHOLDER.findall(text)) != expected for text in texts):
        yield "other placeholders in"


def update() -> int:
    """Write both catalogues anew: what people translated stays, the Traditional one is converted."""
    wanted = extracted()
    simplified = merged("zh_Hans", wanted)
    save("zh_Hans", simplified)
    save("zh_Hant", converted(simplified))
    empty = [message.id for message in simplified if message.id and not filled(message)]
    for one in empty:
        sys.stdout.write(f"to translate: {one!r}\n")
    sys.stdout.write(f"{len(simplified)} messages, {len(empty)} to translate in {po_file('zh_Hans')}\n")
    return 0


def merged(language: str, wanted: Catalog) -> Catalog:
    """Return the wanted messages with the translations that exist."""
    known = {key_of(message): message.string for message in read(language) if message.id and filled(message)}
    fresh = empty_catalogue(language)
    for message in wanted:
        if message.id:
            fresh.add(
                message.id, known.get(key_of(message), ""), context=message.context, flags=message.flags
            )
    return fresh


def converted(simplified: Catalog) -> Catalog:
    """Return the Traditional catalogue: an override where one stands, else OpenCC's Taiwan phrases."""
    convert = opencc.OpenCC("s2twp.json").convert
    overrides = tomllib.loads(OVERRIDES.read_text(encoding="utf-8")) if OVERRIDES.exists() else {}
    whole, words = overrides.get("messages", {}), overrides.get("words", {})

    def turn(text: str) -> str:
        done = convert(text)
        for wrong, right in words.items():
            done = done.replace(wrong, right)
        return done

    fresh = empty_catalogue("zh_Hant")
    for message in simplified:
        if message.id:
            first = message.id[0] if isinstance(message.id, tuple) else message.id
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            turned = tuple(whole.get(first) or turn(text) for text in texts)
            string = turned if isinstance(message.string, tuple) else turned[0]
            fresh.add(message.id, string, context=message.context, flags=message.flags)
    return fresh


def extracted() -> Catalog:
    """Return every message of the code and the templates, in English."""
    if not settings.configured:
        settings.configure()
    catalogue = Catalog()
    for file in sorted(file for pattern in SOURCES for file in SOURCE.rglob(pattern)):
        if "migrations" in file.parts:
            continue
        text = file.read_text(encoding="utf-8")
        if file.suffix != ".py":
            text = templatize(text, origin=str(file))
        source = BytesIO(text.encode())
        for _line, message, _comments, context in extract("python", source, keywords=KEYWORDS):
            catalogue.add(message, context=context)
    return catalogue


def key_of(message: Message) -> Key:
    """Return what tells messages apart."""
    ids = message.id
    return (message.context or "", tuple(ids) if isinstance(ids, list | tuple) else ids)


def filled(message: Message) -> bool:
    """Say whether a message has all its translations."""
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts) and not message.fuzzy


def empty_catalogue(language: str) -> Catalog:
    """Return a catalogue without messages."""
    return Catalog(locale=language, fuzzy=False)


def po_file(language: str) -> Path:
    """Return where a catalogue lies."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Read a catalogue; an absent one is empty."""
    file = po_file(language)
    if not file.exists():
        return empty_catalogue(language)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def save(language: str, catalogue: Catalog) -> None:
    """Write and compile a catalogue, sorted, so that two people's changes seldom meet."""
    file = po_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.write(HEADER.format(language=language).encode())
        write_po(out, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    compile_one(file)


def compile_one(file: Path) -> None:
    """Write the .mo file beside a .po file."""
    with file.open("rb") as source, file.with_suffix(".mo").open("wb") as out:
        write_mo(out, read_po(source, locale=file.parts[-3]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
