"""What a pull secret holds, and what makes it unreadable."""

import base64
import json

import pytest

from pullproof.credentials import InvalidSecret, PullSecret, make_keyring
from pullproof.credentials.secrets import read_entries


def config(document: bytes | str) -> PullSecret:
    data = document.encode() if isinstance(document, str) else document
    return PullSecret(
        namespace="ns",
        name="pull",
        type="kubernetes.io/dockerconfigjson",
        data={".dockerconfigjson": data},
    )


def login(entry: str) -> tuple[str, str]:
    found = read_entries(config(f'{{"auths":{{"a.example":{entry}}}}}'))["a.example"]
    return found.username, found.password


def problem(document: bytes | str) -> str:
    with pytest.raises(InvalidSecret) as caught:
        make_keyring([config(document)])
    assert str(caught.value) == f"Secret ns/pull {caught.value.message}"
    return caught.value.message


def auth(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('{"username":"u","password":"p"}', ("u", "p")),
        ('{"USERNAME":"u","Pa\\u017f\\u017fword":"p"}', ("u", "p")),
        ('{"username":"a","username":"u","password":"p","password":null}', ("u", "p")),
        ('{"username":"a","password":"b","auth":"dTpw"}', ("u", "p")),
        ('{"username":"u","password":"p","auth":""}', ("u", "p")),
        ('{"auth":"dTpw"}', ("u", "p")),
        ('{"auth":"dTpwOnE="}', ("u", "p:q")),
        ('{"auth":"dTpwOnE"}', ("u", "p:q")),
        ('{"auth":"dTpw\\nOnE=\\r\\n"}', ("u", "p:q")),
        ('{"auth":"dTpwCg=="}', ("u", "p\n")),
        ('{"auth":"Og"}', ("", "")),
        ('{{"auth":"{}"}}'.format(auth(b"u\xff\xe2\x82:p")), ("u\ufffd\ufffd\ufffd", "p")),
        ('{"password":"\\ud800x\\ud83d\\ude00"}', ("", "\ufffdx\U0001f600")),
        ('{"identitytoken":"t"}', ("", "")),
        ("null", ("", "")),
        ("{}", ("", "")),
    ],
)
def test_a_login_is_read_like_go_reads_it(entry, expected):
    assert login(entry) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("", None),
        ("{", "is not JSON (at character 2)"),
        ("\ufeff{}", "is not JSON (at character 1)"),
        ("{} x", "is not JSON (at character 4)"),
        ('{"x":NaN}', "is not JSON (NaN or Infinity)"),
        ("[]", "is of the wrong form: the document is no object"),
        ('{"auths":[]}', "is of the wrong form: auths is no object"),
        (
            '{"auths":{},"HttpHeaders":{"a":1}}',
            "is of the wrong form: a value of HttpHeaders is no string",
        ),
        (
            '{"auths":{"a.example":"u:p"}}',
            "is of the wrong form: a login is no object, in the entry for a.example",
        ),
        (
            '{"auths":{"a.example":{"password":1}}}',
            "is of the wrong form: password is no string, in the entry for a.example",
        ),
        (
            '{"auths":{"a.example":{"auth":"u:p"}}}',
            "has an auth that is not base64, in the entry for a.example",
        ),
        (
            '{"auths":{"u:p@a.example:x":{"auth":"-_=="}}}',
            "has an auth that is not base64, in the entry for a key that is no URL",
        ),
        (
            '{"auths":{"https://u:p@a.example?t=1":{"auth":"dQ=="}}}',
            "has an auth that is not the base64 form of user:password, in the entry for a.example",
        ),
        (
            '{"auths":{"a.example":{"auth":"dTpw"},"a.example":{}},"auths":{"b":1},"auths":null}',
            "is of",
        ),
    ],
)
def test_what_cannot_be_decoded_is_told_without_its_content(document, expected):
    if expected is None:
        make_keyring([config(document)])
    else:
        assert problem(document).startswith(expected)


def test_one_broken_secret_fails_them_all():
    good = config('{"auths":{"a.example":{"auth":"dTpw"}}}')
    with pytest.raises(InvalidSecret):
        make_keyring([good, config("x"), good])


@pytest.mark.parametrize(
    "document", ["null", "{}", '{"auths":null}', '{"auths":{"a":{}},"auths":null}']
)
def test_nothing_is_no_error(document):
    assert read_entries(config(document)) == {}


def test_repeated_auths_add_up_and_the_last_of_one_key_counts():
    entries = read_entries(
        config('{"auths":{"a":{"auth":"dTpw"},"b":{}},"AUTHS":{"a":{"username":"v"},"c":{}}}')
    )
    assert list(entries) == ["a", "b", "c"]
    assert (entries["a"].username, entries["a"].password) == ("v", "")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("Opaque", ".dockerconfigjson"),
        ("kubernetes.io/dockerconfigjson", ".dockercfg"),
        ("kubernetes.io/dockercfg", ".dockerconfigjson"),
        ("", ""),
    ],
)
def test_a_secret_of_another_type_or_key_is_passed_over_even_if_broken(kind, key):
    secret = PullSecret(namespace="ns", name="s", type=kind, data={key: b"x"})
    assert read_entries(secret) == {}


def test_the_old_form_is_the_map_itself():
    secret = PullSecret(
        namespace="ns",
        name="s",
        type="kubernetes.io/dockercfg",
        data={".dockercfg": b'{"a.example":{"auth":"dTpw"},"auths":{"email":"e"}}'},
    )
    assert list(read_entries(secret)) == ["a.example", "auths"]


def test_a_secret_is_read_as_the_api_server_returns_it():
    document = b'{"auths":{}}'
    secret = PullSecret.from_object(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"namespace": "ns", "name": "pull"},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": auth(document), "empty": None, "folded": "eA\n=="},
        }
    )
    assert str(secret) == "ns/pull"
    assert secret.document == document
    assert secret.data["empty"] == b""
    assert secret.data["folded"] == b"x"


def test_a_manifest_may_hold_the_document_itself():
    secret = PullSecret.from_object(
        {
            "metadata": {"name": "pull"},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": json.dumps({"auths": {"a": {}}})},
        }
    )
    assert list(read_entries(secret)) == ["a"]


def test_a_secret_without_a_type_is_opaque():
    assert PullSecret.from_object({"metadata": {"name": "s"}}).type == "Opaque"


@pytest.mark.parametrize(
    "thing",
    [
        {"metadata": []},
        {"data": []},
        {"data": {"x": "§"}},
        {"data": {"x": "eA"}},
        {"data": {"x": 1}},
    ],
)
def test_what_is_not_shaped_like_a_secret_is_refused(thing):
    with pytest.raises(InvalidSecret):
        PullSecret.from_object(thing)
