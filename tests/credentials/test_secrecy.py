"""No user name, password or token in anything that could be printed."""

import base64
import json
import traceback

import pytest

from pullproof.credentials import (
    InvalidSecret,
    PullSecret,
    identity,
    make_keyring,
    unused,
)
from pullproof.credentials.secrets import read_entries
from pullproof.reference import Reference

USER, PASSWORD = "Zaphod-USER", "Beeblebrox-PASSWORD"
AUTH = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
NGINX = Reference(registry="docker.io", repository="library/nginx", tag=None, digest=None)

GOOD = {
    "auths": {f"https://{USER}:{PASSWORD}@docker.io": {"auth": AUTH, "identitytoken": PASSWORD}}
}
BROKEN = [
    json.dumps(GOOD)[:-1],
    json.dumps(GOOD) + PASSWORD,
    json.dumps(GOOD).replace('"auth":', '"auth":\x01'),
    json.dumps({"auths": {"a": {"auth": PASSWORD}}}),
    json.dumps({"auths": {"a": {"auth": base64.b64encode(PASSWORD.encode()).decode()}}}),
    json.dumps({"auths": {"a": {"password": [PASSWORD]}}}),
    json.dumps({"auths": {"a": PASSWORD}}),
    json.dumps({"auths": {f"{USER}:{PASSWORD}@a": 1}}),
    json.dumps({"auths": {f"{USER}:{PASSWORD}@a:b:c": 1}}),
    json.dumps({"auths": {f"a?token={PASSWORD}": 1}}),
    json.dumps({"auths": PASSWORD}),
    json.dumps(PASSWORD),
    '{"a":' * 5_000 + f'"{PASSWORD}"',
    '{"a":' * 5_000 + f'"{PASSWORD}"' + "}" * 5_001,
]


def secret(document: str) -> PullSecret:
    return PullSecret(
        namespace="ns",
        name="s",
        type="kubernetes.io/dockerconfigjson",
        data={".dockerconfigjson": document.encode()},
    )


def assert_silent(*things: object) -> None:
    for thing in things:
        for text in (str(thing), repr(thing)):
            assert not any(part in text for part in (USER, PASSWORD, AUTH)), text[:500]


def test_values_do_not_show_what_they_hold():
    one = secret(json.dumps(GOOD))
    keyring = make_keyring([one])
    candidates = keyring.candidates(NGINX)
    assert candidates[0].password == PASSWORD
    assert_silent(one, keyring, candidates, candidates[0].key, read_entries(one).values())
    assert_silent(identity(candidates, b"key"), unused(one, NGINX))


@pytest.mark.parametrize("document", BROKEN, ids=range(len(BROKEN)))
def test_errors_do_not_show_what_could_not_be_read(document):
    with pytest.raises(InvalidSecret) as caught:
        make_keyring([secret(document)])
    error: BaseException | None = caught.value
    assert_silent(
        unused(secret(document), NGINX), "".join(traceback.format_exception(caught.value))
    )
    while error is not None:  # all that a reporter of errors might walk through
        assert_silent(error, error.args, vars(error))
        error = error.__cause__ or error.__context__
