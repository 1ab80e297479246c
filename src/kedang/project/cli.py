"""The command line: `kedang COMMAND …`. A module of project/commands is a command of that name."""

import argparse
import ast
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from kedang.kernel.errors import Invalid, KedangError
from kedang.project.answers import Answer, plain, tell
from kedang.project.operations import switch

COMMANDS = Path(__file__).with_name("commands")
# these supervise other processes or only describe themselves, so they stay small
WITHOUT_DJANGO = {"serve"}
DONE, FAILED, WRONG_USE = 0, 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return 0 done, 1 refused or failed with a reason, 2 wrong use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kedang.project.settings")
    common, rest = _common().parse_known_args(words)
    names = command_names()
    if not rest or rest[0] in {"-h", "--help", "help"}:
        _list_commands(names)
        return DONE if rest else WRONG_USE
    if rest[0] not in names:
        sys.stderr.write(f"kedang: no command {rest[0]!r}; 'kedang help' lists them\n")
        return WRONG_USE
    try:
        answer = _run(names[rest[0]], rest[0], common, rest[1:])
    except KedangError as error:
        return _refused(error, as_json=common.json)
    except KeyboardInterrupt:
        return FAILED
    tell(answer, as_json=common.json)
    return DONE if answer.done else FAILED


def command_names() -> dict[str, str]:
    """Return the module of each command by the name people type."""
    modules = sorted(file.stem for file in COMMANDS.glob("*.py") if file.stem != "__init__")
    return {module.strip("_").replace("_", "-"): module for module in modules}


def _common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    parser.add_argument("--as", dest="as_user", metavar="USER", default="", help="act as this user")
    return parser


def _run(module: str, name: str, common: argparse.Namespace, words: Sequence[str]) -> Answer:
    if module not in WITHOUT_DJANGO:
        switch.finish()  # a restore that was killed half way through is ended first
        _start_django()
    command = import_module(f"kedang.project.commands.{module}")
    options = _parser(command, name).parse_args(words, namespace=common)
    if module in WITHOUT_DJANGO:
        return _answer(command.run(options))
    from django.db import DatabaseError  # noqa: PLC0415  a supervisor never loads Django

    try:
        return _answer(command.run(options))
    except DatabaseError as error:
        raise KedangError(f"the database refused: {error}. Has 'kedang migrate' run?") from error


def _parser(command: ModuleType, name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"kedang {name}",
        description=command.__doc__,
        epilog="Every command also takes --json and --as USER (default: the first administrator).",
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def _start_django() -> None:
    import django  # noqa: PLC0415  a supervisor never loads it

    django.setup()


def _answer(result: Any) -> Answer:
    if isinstance(result, Answer):
        return result
    return Answer(data=result or {})


def _refused(error: KedangError, *, as_json: bool) -> int:
    if not as_json:
        sys.stderr.write(f"kedang: {error.text}\n")
        for problem in error.problems if isinstance(error, Invalid) else ():
            where = f"{problem.field}: " if problem.field else ""
            sys.stderr.write(f"  {where}{problem.text}\n")
        return FAILED
    document = {"done": False, "code": error.code, "detail": error.text, **error.data}
    if isinstance(error, Invalid):
        document["problems"] = [
            {"field": problem.field, "text": problem.text, "code": problem.code} for problem in error.problems
        ]
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=plain) + "\n")
    return FAILED


def _list_commands(names: dict[str, str]) -> None:
    sys.stdout.write("usage: kedang COMMAND … [--json] [--as USER]\n\n")
    for name, module in names.items():
        tree = ast.parse((COMMANDS / f"{module}.py").read_text(encoding="utf-8"))
        purpose = (ast.get_docstring(tree) or "").partition("\n")[0]
        sys.stdout.write(f"  {name:<14}{purpose}\n")
    sys.stdout.write("\n'kedang COMMAND --help' says more.\n")


if __name__ == "__main__":
    sys.exit(main())
