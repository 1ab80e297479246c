"""The command line: 0 done, 1 refused with a reason, 2 wrong use; JSON on request."""

import json
import sys
from types import ModuleType

import pytest

from kedang.kernel.errors import Invalid, Problem, RuleBroken
from kedang.project import cli
from kedang.project.answers import Answer


@pytest.fixture
def command(monkeypatch):
    """Return a function that installs a command named `greet` with this body."""

    def install(run):
        module = ModuleType("kedang.project.commands.greet", "Greet somebody.")
        module.add_arguments = lambda parser: parser.add_argument("whom")
        module.run = run
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(cli, "command_names", lambda: {"greet": "greet"})

    return install


def test_a_command_that_is_done_answers_text_and_zero(command, capsys):
    command(lambda options: Answer(f"hello {options.whom}", {"whom": options.whom}))
    assert cli.main(["greet", "Li"]) == 0
    assert capsys.readouterr().out == "hello Li\n"


def test_json_may_be_asked_for_anywhere(command, capsys):
    command(lambda options: Answer("hello", {"whom": options.whom}))
    assert cli.main(["greet", "--json", "李"]) == 0
    assert json.loads(capsys.readouterr().out) == {"done": True, "whom": "李"}


def test_the_user_to_act_as_reaches_the_command(command):
    seen = []
    command(lambda options: seen.append(options.as_user))
    cli.main(["greet", "Li", "--as", "boss"])
    cli.main(["greet", "Li"])
    assert seen == ["boss", ""]


def test_a_refusal_is_one_line_on_stderr_and_one(command, capsys):
    def run(options):
        raise RuleBroken("no stock left")

    command(run)
    assert cli.main(["greet", "Li"]) == 1
    assert capsys.readouterr().err == "kedang: no stock left\n"


def test_a_refusal_in_json_carries_its_code_and_problems(command, capsys):
    def run(options):
        raise Invalid("look again", [Problem("name", "is missing", "required")])

    command(run)
    assert cli.main(["greet", "Li", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["done"], document["code"]) == (False, "invalid")
    assert document["problems"] == [{"field": "name", "text": "is missing", "code": "required"}]


def test_an_answer_that_is_not_done_is_one(command):
    command(lambda options: Answer("three are missing", done=False))
    assert cli.main(["greet", "Li"]) == 1


def test_help_lists_every_command_with_its_purpose(capsys):
    assert cli.main(["help"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {name} " in listed for name in cli.command_names())


def test_wrong_use_is_two(command, capsys):
    assert cli.main([]) == 2
    assert cli.main(["no-such-thing"]) == 2
    command(lambda options: None)
    with pytest.raises(SystemExit) as left:
        cli.main(["greet"])
    assert left.value.code == 2


def test_every_promised_command_is_there_or_comes_with_its_part():
    assert {
        "serve",
        "worker",
        "migrate",
        "create-admin",
        "doctor",
        "token",
        "verify",
        "where",
        "bench",
        "demo",
    } <= set(cli.command_names())
