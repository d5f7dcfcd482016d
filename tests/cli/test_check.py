"""`pullproof check` over manifests, against a registry of our own on loopback."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from pullproof.cli.main import group

SUPPORT = Path(__file__).parents[1] / "support"


def run(*arguments, text_in=None):
    return CliRunner().invoke(group, ["check", *map(str, arguments)], input=text_in)


def items(*arguments, text_in=None):
    done = run("-o", "json", *arguments, text_in=text_in)
    document = json.loads(done.stdout)
    assert (document["apiVersion"], document["kind"]) == ("pullproof.io/v1", "CheckResult")
    return document["items"], done.exit_code


@pytest.fixture(scope="module")
def registry():
    """The fault registry as a process: the command runs an event loop of its own."""
    program = (
        "import asyncio, sys\n"
        "from aiohttp import web\nfrom fault_registry import make_app\n"
        "async def main():\n"
        "    runner = web.AppRunner(make_app(), access_log=None)\n"
        "    await runner.setup()\n"
        "    site = web.TCPSite(runner, '127.0.0.1', 0)\n"
        "    await site.start()\n"
        "    print(runner.addresses[0][1], flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=SUPPORT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    yield f"localhost:{port}"
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def folder(tmp_path, registry):
    (tmp_path / "web.yaml").write_text(
        textwrap.dedent(f"""\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: web, namespace: shop}}
        spec:
          template:
            spec:
              containers:
                - name: web
                  image: {registry}/ok/app:1.0
                - name: side
                  image: {registry}/ok/app:nope
        ---
        kind: Service
        apiVersion: v1
        """)
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "list.yml").write_text(
        textwrap.dedent(f"""\
        apiVersion: v1
        kind: List
        items:
          - apiVersion: v1
            kind: Pod
            metadata: {{name: one}}
            spec:
              containers:
                - name: c
                  image: Nginx:Latest
          - apiVersion: v1
            kind: Pod
            metadata: {{name: two}}
            spec:
              containers:
                - {{name: c, image: "{registry}/status-503/app:1"}}
        """)
    )
    return tmp_path


def test_every_image_is_an_item_with_file_line_and_field(folder, registry):
    found, status = items("--anonymous", folder)
    assert status == 1
    assert [
        (Path(one["source"]["file"]).name, one["source"]["line"], one["action"], one["cause"])
        for one in found
    ] == [
        ("list.yml", 10, "deny", "InvalidImageReference"),
        ("list.yml", 16, "warn", "RegistryUnavailable"),
        ("web.yaml", 9, "ok", None),
        ("web.yaml", 11, "deny", "TagNotFound"),
    ]
    last = found[-1]
    assert last["object"] == {
        "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web",
    }  # fmt: skip
    assert last["field"] == "spec.template.spec.containers[1].image"
    assert last["reference"] == f"{registry}/ok/app:nope"
    assert set(last) == {
        "source", "object", "field", "container", "image", "reference", "action", "cause",
        "confidence", "summary", "remedy", "suggestions",
    }  # fmt: skip


def test_offline_only_the_form_is_judged(folder):
    found, status = items("--offline", folder)
    assert status == 1
    assert [one["action"] for one in found] == ["deny", "skip", "skip", "skip"]


def test_text_for_people_names_file_and_line(folder):
    done = run("--offline", folder)
    assert "list.yml:10  Pod/one spec.containers[0].image" in done.stdout
    assert "1 cannot be pulled, 3 not asked for" in done.stdout


def good_pod(image="nginx:1.27"):
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                       "spec": {"containers": [{"name": "c", "image": image}]}})  # fmt: skip


def test_standard_input_and_json_are_read():
    for arguments in (("-",), ("-f", "-")):
        found, status = items("--offline", *arguments, text_in=good_pod("Bad:Image"))
        assert status == 1
        assert found[0]["source"]["file"] == "<stdin>"


def test_warnings_count_only_when_asked(registry):
    document = good_pod(f"{registry}/status-503/app:1")
    assert run("--anonymous", "-", text_in=document).exit_code == 0
    assert run("--anonymous", "--fail-on", "warn", "-", text_in=document).exit_code == 1
    assert run("--anonymous", "--fail-on-unverified", "-", text_in=document).exit_code == 3


def test_findings_beat_what_could_not_be_verified(folder):
    assert run("--anonymous", "--fail-on-unverified", folder).exit_code == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: Pod\nspec: {{ .Values.spec }}\n", "helm template"),
        ("a: [", "not YAML"),
        ("kind: Pod\nspec: {containers: 7}\n", "not a valid Pod"),
        ("!!python/object/apply:os.system ['true']", ""),
    ],
)
def test_what_cannot_be_read_is_said_with_status_2(text, says):
    done = run("--offline", "-", text_in=text)
    assert done.exit_code in (0, 2)
    assert says in done.stderr


def test_a_missing_file_is_said():
    done = run("--offline", "/nowhere/at/all.yaml")
    assert done.exit_code == 2
    assert "/nowhere/at/all.yaml" in done.stderr


def test_aliases_that_unfold_without_end_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    done = run("--offline", "-", text_in="\n".join(lines))
    assert done.exit_code == 2
    assert "aliases" in done.stderr


def test_what_is_no_kubernetes_object_is_passed_over():
    found, status = items(
        "--offline", "-", text_in="- just\n- a list\n---\nkind: Service\n---\n7\n"
    )
    assert (found, status) == ([], 0)
