"""What people are told about a malformed reference."""

import pytest

from pullproof.reference import InvalidReference, parse_reference
from pullproof.reference.reading import first_fault

HEX = "0123456789abcdef" * 4


def refused(text):
    with pytest.raises(InvalidReference) as caught:
        parse_reference(text)
    return caught.value


TOLD = [
    ("", None, "it is empty", None),
    ("  ", 0, "it is only white space", None),
    (HEX, None, "64 hexadecimal digits alone are an image id", None),
    # case
    ("Nginx", 0, "repository names are lower case", "nginx"),
    ("Nginx:Latest", 0, "repository names are lower case", "nginx:latest"),
    ("Redis:7.2-Alpine", 0, "repository names are lower case", "redis:7.2-Alpine"),
    ("ghcr.io/Acme/api:V1", 8, "repository names are lower case", "ghcr.io/acme/api:V1"),
    ("GHCR.io/Acme/api", 8, "repository names are lower case", "GHCR.io/acme/api"),
    ("Foo/Bar", 0, "repository names are lower case", "foo/bar"),
    # what is in front
    ("https://ghcr.io/acme/api:1", 0, 'a scheme ("https://")', "ghcr.io/acme/api:1"),
    ("docker://Nginx", 0, 'a scheme ("docker://")', "nginx"),
    ("https://hub.docker.com/_/nginx", 0, "a scheme", "nginx"),
    ("https://hub.docker.com/r/bitnami/redis/tags?page=1", 0, "a scheme", "bitnami/redis"),
    ("https://quay.io/repository/acme/api", 0, "a scheme", "quay.io/acme/api"),
    ("http://", 0, "a scheme", None),
    ("image: nginx:1.27", 0, '"image" belongs to a command or a manifest', "nginx:1.27"),
    ("docker pull nginx:1.27", 0, '"docker" belongs to a command', "nginx:1.27"),
    ("user:secret@ghcr.io/acme/api", 0, "a login stands in front of the host", "ghcr.io/acme/api"),
    # white space
    (" nginx", 0, "it begins with a space", "nginx"),
    ("nginx\n", 5, "it ends with a line break", "nginx"),
    ("nginx :1.27", 5, "it holds a space", "nginx:1.27"),
    ("nginx: 1.27", 6, "it holds a space", "nginx:1.27"),
    ("nginx 1.27", 5, "it holds a space", "nginx:1.27"),
    ("nginx please", 5, "it holds a space", None),
    ("nginx\u00a0:1", 5, "(no-break space)", "nginx:1"),
    # quotation marks, punctuation, characters of other alphabets
    ("\u201cnginx:1\u201d", 0, "(left double quotation mark)", "nginx:1"),
    ("'nginx:1'", 0, "a quotation mark is part of the reference", "nginx:1"),
    ("nginx,", 5, 'a repository name cannot hold ","', "nginx"),
    ("nginx:1.27,", 10, 'a tag cannot hold ","', "nginx:1.27"),
    ("(nginx)", 0, 'cannot hold "("', "nginx"),
    ("-nginx", 0, 'begin with "-"', "nginx"),
    ("nginx-", 5, 'end with "-"', "nginx"),
    ("nginx/", 5, 'nothing follows the last "/"', "nginx"),
    ("/nginx", 0, 'it begins with "/"', "nginx"),
    ("nginx\u2013alpine", 5, "U+2013 (en dash)", "nginx-alpine"),
    ("ngin\u0445:1", 4, "U+0445 (cyrillic small letter ha)", "nginx:1"),
    ("nginx:1\u200b", 7, "U+200B (zero width space)", "nginx:1"),
    ("nginx\x00", 5, "control character U+0000", None),
    # templates
    ("app:${TAG}", 4, '"${TAG}" was never filled in', None),
    ("app:$TAG", 4, '"$TAG" was never filled in', None),
    ("app:$(TAG)", 4, '"$(TAG)" was never filled in', None),
    ("{{ .Values.image }}:1", 0, '"{{ .Values.image }}" was never filled in', None),
    ("<no value>:<no value>", 0, '"<no value>" was never filled in', None),
    ("app:%VERSION%", 4, '"%VERSION%" was never filled in', None),
    ("app:@TAG@", 4, '"@TAG@" was never filled in', None),
    ("<account>.dkr.ecr.us-east-1.amazonaws.com/api", 0, '"<account>" was never filled in', None),
    # names
    ("foo..bar", 4, 'not ".."', None),
    ("foo___bar", 5, 'not "___"', None),
    ("foo//bar", 4, '"//" stands where one "/" is meant', "foo/bar"),
    ("acme\\api", 4, '"\\" stands where "/" is meant', "acme/api"),
    ("ghcr.io/", 7, 'the repository is missing after "ghcr.io/"', None),
    (":1.27", 0, 'the repository is missing in front of ":"', None),
    ("ghcr.io/:1", 8, 'the repository is missing between "/" and ":"', None),
    ("a" * 248, None, "longer than 255 characters", None),
    ("a" * 2000, None, "it is 2000 characters long", None),
    # hosts
    ("my_host:5000/app", 2, 'a host name with a port cannot hold "_"', None),
    ("Foo_bar.com/app", 3, 'a host name cannot hold "_"', None),
    (":5000/app", 0, 'the host is missing in front of ":"', None),
    ("localhost:port/app", 10, 'a number, which "port" is not', None),
    ("localhost:/app", 9, "the port after the host is empty", "localhost/app"),
    ("https:/ghcr.io/acme/api", 0, 'a scheme ("https:/")', "ghcr.io/acme/api"),
    ("ghcr.io./acme/api", 7, '"." stands between letters and digits only', "ghcr.io/acme/api"),
    ("host:/app", 4, "the port after the host is empty", None),
    ("fd00::1:5000/app", 0, "an IPv6 host stands in square brackets", None),
    ("nginx@1.27/alpine", 5, 'a host name cannot hold "@"', None),
    ("::1/app", 0, "an IPv6 host stands in square brackets", "[::1]/app"),
    ("[::1/app", 3, "an IPv6 host is hexadecimal digits", None),
    ("ghcr.io:acme/api", 8, 'a number, which "acme" is not', "ghcr.io/acme/api"),
    # tags
    ("app:", 3, 'the tag after ":" is empty', None),
    ("nginx::1.27", 6, '"::" stands where one ":" is meant', "nginx:1.27"),
    ("nginx:1.27:latest", 10, 'there are two tags: "1.27" and "latest"', "nginx:1.27"),
    ("nginx:latest:1.27", 12, "there are two tags", "nginx:1.27"),
    ("nginx:1.26:1.27", 10, "there are two tags", None),
    ("nginx:1.27/alpine", 10, 'a "/" cannot follow a tag', "nginx:1.27-alpine"),
    ("app:1.2.3+build.5", 9, 'a tag cannot hold "+"', "app:1.2.3-build.5"),
    ("app:-1", 4, 'a tag cannot begin with "-"', "app:1"),
    ("app:" + "a" * 129, 132, "a tag has at most 128 characters, this one 129", None),
    ("nginx:1,27", 7, 'a tag cannot hold ","', "nginx:1.27"),
    ("nginx==1.27", 5, 'cannot hold "="', "nginx:1.27"),
    ("nginx@1.27", 6, 'after "@" stands a digest', "nginx:1.27"),
    ("nginx@latest", 6, 'a tag follows ":"', "nginx:latest"),
    # digests
    (f"app@sha256:{HEX}:v1", 75, "a tag stands before the digest", f"app:v1@sha256:{HEX}"),
    (f"app:sha256:{HEX}", 3, 'a digest follows "@", not ":"', f"app@sha256:{HEX}"),
    (f"app@{HEX}", 4, 'after "@" stands a digest', f"app@sha256:{HEX}"),
    (f"app@sha256-{HEX}", 4, 'after "@" stands a digest', f"app@sha256:{HEX}"),
    (f"app:@sha256:{HEX}", 3, 'the tag after ":" is empty', f"app@sha256:{HEX}"),
    (f"app@sha256:{HEX.upper()}", 21, "digests are written in lower case", f"app@sha256:{HEX}"),
    (f"app@SHA256:{HEX}", 4, "digests are written in lower case", f"app@sha256:{HEX}"),
    (f"app@sha256:{HEX[:-1]}", None, "has 64 hexadecimal digits, this one 63", None),
    (f"app@sha256:{HEX}0", 75, "has 64 hexadecimal digits, this one 65", None),
    (f"app@sha256:{HEX[:-1]}g", 74, 'hexadecimal digits only, without "g"', None),
    ("app@sha256:", None, "has 64 hexadecimal digits, this one 0", None),
    (f"app@md5:{HEX[:32]}", 4, '"md5" is no digest algorithm that a kubelet knows', None),
    ("app@", 3, 'the digest after "@" is empty', None),
    # clouds
    (
        "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api:1.4",
        0,
        "this is the ARN of an AWS resource",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/api:1.4",
    ),
    (
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com:api:1.4",
        48,
        "there are two tags",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1.4",
    ),
    ("gcr.io/example.com:project/app", 18, 'a "/" cannot', "gcr.io/example.com/project/app"),
]


@pytest.mark.parametrize(("text", "position", "part", "mend"), TOLD, ids=range(len(TOLD)))
def test_a_refusal_says_what_is_wrong_where_and_what_was_meant(text, position, part, mend):
    error = refused(text)
    assert part in error.message
    assert error.suggestion == mend
    if part != 'a "/" cannot':
        assert error.position == position


@pytest.mark.parametrize("text", [row[0] for row in TOLD], ids=range(len(TOLD)))
def test_a_message_is_one_plain_clause(text):
    message = refused(text).message
    assert message.isascii()
    assert message.isprintable()
    assert not message.endswith(".")
    assert message[0] == message[0].lower()
    assert len(message) < 200


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("joe:hunter2@ghcr.io/acme/api", "ghcr.io/acme/api"),
        ("https://joe:hunter2@ghcr.io/acme/api", "ghcr.io/acme/api"),
        ("joe:hunter2@localhost/api", "localhost/api"),
        ("joe:hunter2@localhost:5000/api:1", "localhost:5000/api:1"),
        ("joe:hunter2:x@ghcr.io", None),
        ("joe:hunter2 @ghcr.io/api", "ghcr.io/api"),
        ("joe:hunter2!@registry:5000/Api", None),
    ],
    ids=range(7),
)
def test_a_password_in_a_reference_is_not_repeated(text, mend):
    error = refused(text)
    assert "hunter2" not in str(error)
    assert "hunter2" not in (error.suggestion or "")
    if mend:
        assert error.suggestion == mend


def test_the_error_keeps_the_text():
    error = refused("Nginx")
    assert error.text == "Nginx"
    assert str(error) == error.message


def test_an_explanation_where_none_is_due_does_not_fail():
    assert first_fault("nginx").message == "this is not an image reference"
