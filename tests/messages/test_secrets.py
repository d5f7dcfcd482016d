"""Nothing that nobody may read comes out of a message, however it is written or cut."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pullproof.runtime_messages import read_message, read_waiting

SECRET = "hunter2SECRET0123456789"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLWhlcmU"
FILL = "failed to pull and unpack image: " * 400

CARRIERS = [
    "Get https://user:{}@registry.example/v2/: 401 Unauthorized",
    "Get https://user:a/{}@registry.example/v2/: 401 Unauthorized",
    "Get https://{}@registry.example/v2/: 401 Unauthorized",
    'Failed to pull image "bob:{}@registry.example/app:1": invalid reference format',
    "Authorization: Basic {}: 401",
    "Authorization:[Bearer {}] 401",
    'header map[Authorization:["Bearer {}"]]',
    "Bearer {} was refused: 401",
    'Get "https://s3.example/layer?X-Amz-Signature={}&X-Amz-Date=1": i/o timeout',
    'Get "https://cdn.example/layer?Expires=1&Signature={}": dial tcp: i/o timeout',
    'Get "https://blob.example/layer?se=1&sig={}": EOF',
    "unexpected status from GET request to https://auth.example/token?account=bob&password={}: 401 Unauthorized",
    "password={} denied",
    "--password {} --docker-password={}",
    'client_secret="{}" refused',
    '{{"username":"bob","password":"{}","auth":"{}"}}',
    '{{"token": "{}", "access_token": "{}"}}',
    "identitytoken={} rejected: denied",
    "Password: {} is wrong",
    "unauthorized: glpat-{} has expired",
    "unauthorized: ghp_{} is revoked",
    "unauthorized: dckr_pat_{} is revoked",
    f"token {JWT} is expired ({{}}=)".replace("({}=)", "(auth={})"),
]


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("before", ["", FILL], ids=["short", "long"])
@pytest.mark.parametrize("after", ["", " " + FILL], ids=["end", "cut"])
def test_no_secret_comes_out(carrier, before, after):
    text = before + carrier.replace("{}", SECRET).replace("{{", "{").replace("}}", "}") + after
    for shown in (repr(read_message(text)), repr(read_waiting("ErrImagePull", text))):
        assert SECRET not in shown
        assert JWT not in shown
        assert JWT.rsplit(".", 1)[1] not in shown


@pytest.mark.parametrize("cut", range(0, 120, 3))
def test_a_text_that_is_cut_in_the_midst_of_a_secret_shows_no_part_of_it(cut):
    # The tail begins, and the head ends, at every place of the header in turn.
    text = "x " * 4_000 + f"Authorization: Bearer {SECRET * 4} " + "y" * 3 + " z" * (1_000 - cut)
    assert SECRET[:12] not in repr(read_message(text))
    text = "x " * (2_000 - cut) + f"https://user:{SECRET * 4}@registry.example/ " + "z " * 4_000
    assert SECRET[:12] not in repr(read_message(text))


@given(
    st.text(max_size=40),
    st.sampled_from(CARRIERS),
    st.text(max_size=40),
    st.integers(min_value=0, max_value=9_000),
)
@example("", CARRIERS[0], "", 5_980)
def test_no_secret_comes_out_of_any_surroundings(before, carrier, after, filling):
    message = carrier.replace("{}", SECRET).replace("{{", "{").replace("}}", "}")
    text = f"{'a b ' * (filling // 4)}{before} {message} {after}"
    assert SECRET not in repr(read_message(text))


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ("insufficient_scope", "may require authorization: server message: insufficient_scope: authorization failed"),
        ("invalid username/password: unauthorized", "unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password"),
        ("docker://app@sha256:" + "ab" * 32, "initializing source docker://app@sha256:" + "ab" * 32 + ": reading manifest"),
        ("app:1@sha256:" + "ab" * 32, 'pull image "app:1@sha256:' + "ab" * 32 + '": not found'),
        ("no basic auth credentials", "authorization failed: no basic auth credentials"),
        ("failed to fetch oauth token: unexpected", "failed to fetch oauth token: unexpected status from GET request to https://a.example/token: 401"),
        ("registry.example:5000/v2/a", "Get https://registry.example:5000/v2/a: 500 Internal Server Error"),
        ("?ns=docker.io", "https://m.example/v2/a/manifests/1?ns=docker.io: 503 Service Unavailable"),
        (": 401 Unauthorized", "GET request to https://a.example/token?scope=x&service=y: 401 Unauthorized"),
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(kept, message):
    assert kept in read_message(message).text


HIDDEN = "\u202e\u2066\u200b\u200d\ufeff\u00ad\x00\x1b[31m\x07\x85\u2028\ud800\U000e0041"


def test_nothing_invisible_and_no_line_break_comes_out():
    found = read_message(
        f'Failed to pull{HIDDEN} image "a{HIDDEN}b": \r\n\tdial tcp: lookup r.example{HIDDEN}'
        ": no such host"
    )
    shown = found.text + found.evidence + found.image + found.host
    assert shown.isprintable()
    assert shown.encode("utf-8")
    assert not set(HIDDEN[:6]) & set(shown)
    assert found.host == "r.example"


def test_a_long_run_of_mixed_characters_is_taken_for_a_token_and_a_digest_is_not():
    token, digest = "aB3" * 40, "ab12" * 32
    found = read_message(f"refused {token} of sha512:{digest}")
    assert token not in found.text
    assert digest in found.text
