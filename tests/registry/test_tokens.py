import pytest

from pullproof.registry.bodies import GrantedToken
from pullproof.registry.messages import Answer, Request, Url, parse_url
from pullproof.registry.tokens import (
    TokenCache,
    TokenKey,
    TokenQuestion,
    is_safe_realm,
    may_have_password,
    token_flow,
)


def url(text: str) -> Url:
    read = parse_url(text)
    assert read is not None
    return read


REALM = url("https://auth.example/token?account=x")


def question(**changes) -> TokenQuestion:
    usual = {"realm": REALM, "service": "reg", "scopes": ("repository:a/b:pull",)}
    return TokenQuestion(**{**usual, "limit_bytes": 1000, **changes})


def answer(status: int, body: bytes = b"") -> Answer:
    return Answer(status=status, headers={}, body=body, url=REALM)


def run(asked: TokenQuestion, *answers: Answer) -> tuple[list[Request], GrantedToken | Answer]:
    flow = token_flow(asked)
    sent = [next(flow)]
    for one in answers:
        try:
            sent.append(flow.send(one))
        except StopIteration as done:
            return sent, done.value
    raise AssertionError("it wants more answers")


GRANT = b'{"token":"t","expires_in":300}'


def test_anonymously_a_token_is_asked_for_by_get_without_a_login():
    sent, granted = run(question(), answer(200, GRANT))
    assert granted == GrantedToken(token="t", expires_in_seconds=300)
    assert [one.method for one in sent] == ["GET"]
    assert str(sent[0].url) == (
        "https://auth.example/token?account=x&service=reg&scope=repository%3Aa%2Fb%3Apull"
    )
    assert "Authorization" not in dict(sent[0].headers)


def test_with_a_password_it_is_a_get_with_basic():
    sent, _ = run(question(username="u", password="p"), answer(200, GRANT))
    assert dict(sent[0].headers)["Authorization"] == "Basic dTpw"
    assert sent[0].body == b""


def test_an_identity_token_goes_by_post_and_stands_in_no_url():
    for asked in (
        question(password="refresh"),
        question(username="u", password="refresh", is_identity_token=True),
    ):
        sent, _ = run(asked, answer(200, GRANT))
        assert sent[0].method == "POST"
        assert b"grant_type=refresh_token" in sent[0].body
        assert b"refresh_token=refresh" in sent[0].body
        assert "refresh" not in str(sent[0].url)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_endpoint_that_knows_only_the_other_form_is_asked_in_that(status):
    sent, granted = run(question(username="u", password="p"), answer(status), answer(200, GRANT))
    assert [one.method for one in sent] == ["GET", "POST"]
    assert isinstance(granted, GrantedToken)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 307])
def test_a_refusal_is_final_and_comes_back_as_it_is(status):
    refusal = answer(status)
    sent, result = run(question(username="u", password="p"), refusal)
    assert result is refusal
    assert len(sent) == 1


def test_a_password_is_in_no_repr():
    asked = question(username="someone", password="hunter2hunter2")
    sent, _ = run(asked, answer(404), answer(200, GRANT))
    assert "hunter2" not in repr(asked) + repr(sent[1])


@pytest.mark.parametrize(
    ("registry", "realm", "declared", "realm_declared", "may"),
    [
        ("https://r.example", "https://r.example/t", False, False, True),
        ("https://r.example", "https://r.example:8443/t", False, False, True),
        ("https://r.example", "https://evil.example/t", False, False, False),
        ("https://r.corp.example", "https://auth.corp.example/t", False, False, False),
        ("https://r.corp.example", "https://auth.corp.example/t", True, False, True),
        ("https://r.corp.example", "https://evil.test/t", True, False, False),
        ("https://r.corp.example", "https://auth.test/t", True, True, True),
        ("https://r.example", "https://auth.test/t", False, True, False),
        ("https://r.example.evil.test", "https://r.example/t", False, False, False),
        ("https://registry-1.docker.io", "https://auth.docker.io/token", False, False, True),
        ("https://registry-1.docker.io", "https://evil.docker.io/token", False, False, False),
        ("https://registry.gitlab.com", "https://gitlab.com/jwt/auth", False, False, True),
        (
            "https://registry.cn-beijing.aliyuncs.com",
            "https://dockerauth.cn-beijing.aliyuncs.com/auth",
            False,
            False,
            True,
        ),
        (
            "https://registry.cn-beijing.aliyuncs.com",
            "https://dockerauth.oss-cn-beijing.aliyuncs.com/auth",
            False,
            False,
            False,
        ),
        ("https://r.one.co.uk", "https://t.two.co.uk", True, False, False),
        ("https://10.0.0.1", "https://10.0.0.2/t", True, False, False),
    ],
)
def test_a_password_goes_only_where_it_belongs(registry, realm, declared, realm_declared, may):
    given = may_have_password(
        url(registry), url(realm), vouched_for=declared, realm_vouched=realm_declared
    )
    assert given is may


def test_a_registry_with_tls_has_no_realm_without():
    assert not is_safe_realm(url("https://r.example"), url("http://r.example/t"))
    assert is_safe_realm(url("http://r.example"), url("http://r.example/t"))


def key(**changes: str) -> TokenKey:
    usual = {"realm": "r", "service": "s", "identity": "i", "tenant": "t"}
    return TokenKey(scopes=("x",), **{**usual, **changes})


def grant(token: str = "t", seconds: float = 300) -> GrantedToken:
    return GrantedToken(token=token, expires_in_seconds=seconds)


def test_a_token_is_kept_until_shortly_before_it_ends():
    cache = TokenCache()
    cache.put(key(), grant(seconds=60), 1000.0)
    assert cache.get(key(), 1054.0) == "t"
    assert cache.get(key(), 1056.0) is None


def test_a_token_is_for_one_credential_and_one_tenant():
    cache = TokenCache()
    cache.put(key(), grant(), 0.0)
    assert cache.get(key(identity="other"), 0.0) is None
    assert cache.get(key(tenant="other"), 0.0) is None


def test_tokens_do_not_fill_the_memory():
    cache = TokenCache(max_characters=1000)
    for number in range(100):
        cache.put(key(tenant=str(number)), grant("x" * 100), 0.0)
    assert [cache.get(key(tenant=str(n)), 0.0) is not None for n in (0, 89, 90, 99)] == [
        False,
        False,
        True,
        True,
    ]
