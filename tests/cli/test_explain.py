import json

import pytest
from click.testing import CliRunner

from pullproof.causes import Cause
from pullproof.cli.main import group

MESSAGE = 'failed to resolve reference "ghcr.io/acme/api:1": ghcr.io/acme/api:1: not found'


def run(*arguments, text_in=None):
    return CliRunner().invoke(group, ["explain", *arguments], input=text_in)


def test_a_message_is_explained_as_json():
    one = json.loads(run("-o", "json", MESSAGE).stdout)
    assert list(one) == ["message", "cause", "confidence", "summary", "remedy", "evidence"]
    assert (one["message"], one["cause"], one["confidence"]) == (MESSAGE, "TagNotFound", "likely")


def test_a_message_is_explained_to_a_person():
    text = run(MESSAGE).stdout
    assert text.startswith("TagNotFound (likely): ")
    assert "fix: " in text


def test_lines_of_a_file_keep_their_order():
    lines = [json.dumps({"message": text}) for text in (MESSAGE, "pull QPS exceeded", "what?")]
    done = run("-f", "-", "-o", "jsonl", text_in="\n".join(lines))
    causes = [json.loads(line)["cause"] for line in done.stdout.splitlines()]
    assert causes == ["TagNotFound", "KubeletPullThrottled", "Unknown"]


@pytest.mark.parametrize("cause", Cause)
def test_a_cause_is_explained_by_its_name(cause):
    done = run(cause.value)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{cause}: ")
