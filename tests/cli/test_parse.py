import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pullproof.cli.main import group


def run(*arguments, text_in=None):
    return CliRunner().invoke(group, arguments, input=text_in)


def objects(*arguments, text_in=None):
    done = run("parse", "-o", "jsonl", *arguments, text_in=text_in)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_valid_reference_has_every_part():
    (one,) = objects("ghcr.io/acme/api:1.4.2")
    assert one == {
        "input": "ghcr.io/acme/api:1.4.2",
        "valid": True,
        "registry": "ghcr.io",
        "repository": "acme/api",
        "tag": "1.4.2",
        "digest": None,
        "normalized": "ghcr.io/acme/api:1.4.2",
        "familiar": "ghcr.io/acme/api:1.4.2",
        "pull": "ghcr.io/acme/api:1.4.2",
        "error": None,
        "hints": [],
    }


def test_a_malformed_one_says_what_where_and_what_was_meant():
    (one,) = objects("Nginx:Latest")
    assert one["valid"] is False
    assert one["error"]["kind"] == "uppercase"
    assert one["error"]["position"] == 0
    assert one["hints"][0]["suggestion"] == "nginx:latest"
    assert one["registry"] is None


def test_lines_of_a_file_keep_their_order_plain_or_as_objects():
    text = 'nginx\n{"input": "Bad:Image"}\n{{ .Values.image }}\n{"input": " spaced"}\n'
    found = objects("-f", "-", text_in=text)
    assert [one["input"] for one in found] == [
        "nginx", "Bad:Image", "{{ .Values.image }}", " spaced",
    ]  # fmt: skip


def test_arguments_that_are_malformed_give_status_1_and_files_do_not():
    assert run("parse", "nginx").exit_code == 0
    assert run("parse", "Nginx").exit_code == 1
    assert run("parse", "-f", "-", text_in="Nginx\n").exit_code == 0


@pytest.mark.parametrize("arguments", [(), ("nginx", "-f", "-")])
def test_neither_or_both_inputs_is_a_usage_error(arguments):
    assert run("parse", *arguments).exit_code == 2


def test_an_object_without_the_key_is_a_usage_error_with_its_line():
    done = run("parse", "-f", "-", text_in='nginx\n{"image": "x"}\n')
    assert done.exit_code == 2
    assert "line 2" in done.stderr


def test_one_document_is_one_json_document():
    assert json.loads(run("parse", "-o", "json", "nginx").stdout)["pull"] == (
        "docker.io/library/nginx:latest"
    )


def test_it_starts_without_anything_heavy():
    program = (
        "import sys; sys.argv = ['pullproof', 'parse', 'nginx']\n"
        "from pullproof.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'kopf', 'kubernetes', 'aiohttp', 'httpx', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
