"""Image references, valid and not, and as many more like them as one wants."""

import random
from collections.abc import Iterator

HEX = "0123456789abcdef" * 4
LONG = "a" * 255

SEEDS: tuple[str, ...] = (
    # names
    *("nginx", "library/nginx", "docker.io/nginx", "docker.io/library/nginx", "bitnami/redis"),
    *("index.docker.io/nginx", "index.docker.io/library/nginx", "index.docker.io:443/nginx"),
    *("Index.docker.io/nginx", "docker.io:443/nginx", "Docker.io/nginx", "docker.io/a/b/c"),
    *("registry-1.docker.io/nginx", "ghcr.io/acme/api", "quay.io/a/b/c/d", "localhost", "a", "1"),
    *("localhost/a", "localhost:5000", "localhost:5000/a", "localhosts/a", "Localhost/a"),
    *("registry/nginx", "Registry/nginx", "registry:5000/nginx", "registry:5000", "host/a/b:1"),
    *(
        "a.b/c",
        "a.b",
        "a.b:1",
        "a.b:1/c",
        "a.b:/c",
        "a:b/c",
        "a:/b",
        ":/a",
        "a.b:0/c",
        "a.b:65536/c",
    ),
    *("a.b:999999999999/c", "a-b.c/d", "-a.b/c", "a-.b/c", "a--b.c/d", "a..b/c", ".a/b", "a./b"),
    *("my_registry.example.com/nginx", "my_registry.example.com:5000/nginx", "my_registry/nginx"),
    *("My_registry.example.com/nginx", "_a.b/c", "a_.b/c", "a__b.c/d", "a___b.c/d", "a_b.c"),
    *("127.0.0.1/a", "127.0.0.1:80/a/b", "[::1]/a", "[::1]:5000/a", "[:]/a", "[]/a", "[::1/a"),
    *(
        "[fe80::1%eth0]/a",
        "[::ffff:1.2.3.4]/a",
        "::1/a",
        "[1:2:3:4:5:6:7:8:9]/a",
        "[::1]",
        "[a]/b:c",
    ),
    *("xn--n3h.com/a/b", "EXAMPLE.com/a", "example.COM:5000/a:B", "Foo/bar", "foo/Bar", "FOO"),
    *(
        "a_b",
        "a__b",
        "a___b",
        "a.b.c",
        "a..b",
        "a-b",
        "a--b",
        "a---b",
        "a-",
        "-a",
        "_a",
        "a_",
        ".a",
        "a.",
    ),
    *(
        "a/b_c",
        "a/b__c",
        "a/b___c",
        "a/-b",
        "a/b-",
        "a/_b",
        "a//b",
        "/a",
        "a/",
        "//",
        "/",
        "a/b/",
        "a/./b",
    ),
    # tags
    *(
        "nginx:1.27",
        "nginx:latest",
        "nginx:",
        "nginx::",
        "nginx:1:2",
        ":1",
        "nginx:a.b-c_D",
        "nginx:_",
    ),
    *(
        "nginx:.1",
        "nginx:-1",
        "nginx:1.",
        "nginx:1-",
        "nginx:1+2",
        "nginx:1/2",
        "nginx:1/2:3",
        "a:B",
    ),
    *("nginx:null", "app:TAG", f"a:{'b' * 128}", f"a:{'b' * 129}", "ghcr.io/acme/api:v1.2.3-rc.1"),
    *(
        "nginx/1.27-alpine",
        "nginx:1.27/alpine",
        "nginx :1",
        "nginx: 1",
        " nginx",
        "nginx ",
        "nginx\n",
    ),
    # digests
    *(f"nginx@sha256:{HEX}", f"nginx:1@sha256:{HEX}", f"a.b:5/c:1@sha256:{HEX}", f"sha256:{HEX}"),
    *(f"nginx@sha256:{HEX}:1", f"nginx@sha256:{HEX[:-1]}", f"nginx@sha256:{HEX}0", "nginx@sha256:"),
    *(f"nginx@sha256:{HEX[:32]}", f"nginx@sha256:{HEX[:31]}", f"nginx@SHA256:{HEX}"),
    *(f"nginx:1@SHA256:{HEX}", f"nginx@sha256:{HEX.upper()}", f"nginx:1@sha256:{HEX.upper()}"),
    *(f"nginx@sha384:{HEX}{HEX[:32]}", f"nginx@sha512:{HEX}{HEX}", f"nginx@sha512:{HEX}"),
    *(f"nginx@md5:{HEX[:32]}", f"nginx@sha256+b64:{HEX}", f"nginx@sha256-a.b_c+d:{HEX}", "nginx@1"),
    *(
        f"nginx@1a:{HEX}",
        f"nginx@a1+2:{HEX}",
        f"nginx@sha256.:{HEX}",
        f"nginx@:{HEX}",
        f"nginx@{HEX}",
    ),
    *(f"nginx@sha256@{HEX}", f"nginx:sha256:{HEX}", f"@sha256:{HEX}", "nginx@", "@", ":@", "a:@b"),
    *(
        f"nginx@sha256:{HEX[:-1]}g",
        f"nginx@Sha256:{HEX}",
        f"nginx@sha1:{HEX[:40]}",
        f"a.b/@sha256:{HEX}",
    ),
    # identifiers and lengths
    *(
        HEX,
        HEX[:-1],
        f"{HEX}0",
        f"{HEX}:1",
        f"a/{HEX}",
        HEX.upper(),
        f"docker.io/{HEX}",
        f"{HEX}@sha256:{HEX}",
    ),
    *("a" * 247, "a" * 248, LONG, f"{LONG}a", f"docker.io/{'a' * 247}", f"docker.io/{'a' * 248}"),
    *(f"a.b/{LONG}", f"a.b/{LONG}a", f"a/{'b' * 253}", f"a/{'b' * 254}", f"a_b.c/{'d' * 249}"),
    *(f"a_b.c/{'d' * 250}", f"a.b/{LONG}a:1", f"a.b/{LONG}a@sha256:{HEX[:-1]}"),
    # what people leave in, and what alphabets have
    *(
        "",
        " ",
        "https://nginx",
        "docker://nginx",
        "${TAG}",
        "a:${TAG}",
        "{{ .x }}",
        "<no value>",
        "a:<b>",
    ),
    *(
        "\u201cnginx\u201d",
        "'nginx'",
        "ngin\u0445",
        "nginx:\u00e9",
        "\u00c9/a",
        "\u0661",
        "a:\u0661",
        "a\u00a0b",
    ),
    *(
        "\u212a",
        "a:\u212a",
        "\u0130/a",
        "a:\u0130",
        "a\x00",
        "\x00",
        "a\tb",
        "user:pw@ghcr.io/a",
        "a\u017f",
        "a@b/c",
    ),
    *("123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1", "gcr.io/example.com:project/app:1"),
    *("arn:aws:ecr:us-east-1:123456789012:repository/api", "a.b/c.d/e:f", "a.b.c.d:5/e-f__g.h:i@j"),
)

_PIECES: tuple[str, ...] = (
    *"aaab019",
    *"///:::@@...--__",
    *("__", "--", "..", "//", "A", "Z", "[", "]", "[::1]", " ", "\n", "+", "\u0130", "\u017f"),
    *("localhost", "docker.io", "index.docker.io", "library/", "a.b", ":5000", ":1", ":latest"),
    *("sha256:", "@sha256:", "@sha512:", "@sha384:", "@a+b:", "@SHA256:", HEX, HEX[:31], HEX[:32]),
    *(
        f"@sha256:{HEX}",
        "A/",
        "a_b.c/",
        "x" * 127,
        "x" * 128,
        "y" * 246,
        "\u00e9",
        "\x00",
        "K\u212a",
    ),
)


def cases(seed: int) -> Iterator[str]:
    """Give references without end: first the seeds, then mutations of them and random ones."""
    chance = random.Random(seed)
    yield from SEEDS
    while True:
        if chance.random() < 0.2:
            yield "".join(chance.choices(_PIECES, k=chance.randint(0, 12)))
            continue
        text = chance.choice(SEEDS)
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
            text = _mutated(text, chance)
        yield text


def _mutated(text: str, chance: random.Random) -> str:
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice((0, 1, 1, 1, 2, 5, 30)))
    head, middle, tail = text[:start], text[start:end], text[end:]
    change = chance.randrange(8)
    if change <= 2:
        return head + chance.choice(_PIECES) + (tail if change else middle + tail)
    if change == 3:
        return head + tail
    if change == 4:
        return head + middle * chance.randint(2, 4) + tail
    if change == 5:
        return head + middle.swapcase() + tail
    if change == 6:
        other = chance.choice(SEEDS)
        return head + other[chance.randint(0, len(other)) :]
    return head + chance.choice("/:@._-") + middle + tail
