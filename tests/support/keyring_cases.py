"""Pull secrets and images by chance: many that match, many near misses, many that are broken.

The same seed gives the same cases. Every login has a user name of its own, so that an answer shows
which entries were found and in which order.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from keyring_words import ENDS, HUB, IMAGES, ODD_HOSTS, PATHS, PIECES, PORTS, SCHEMES, USERS


@dataclass(slots=True)
class Case:
    """One question: what is tried for this image with these secrets."""

    image: str
    secrets: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = ""
    """What the kubelet made of it."""

    def to_line(self) -> str:
        """As the program of the comparison reads it."""
        secrets = [
            one
            | {
                "data": {
                    key: base64.b64encode(value).decode() for key, value in one["data"].items()
                }
            }
            for one in self.secrets
        ]
        return json.dumps({"image": self.image, "secrets": secrets})


class Cases:
    """A stream of cases."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._logins = 0
        self._image = ""

    def take(self, count: int) -> Iterator[Case]:
        """Make so many cases."""
        for _ in range(count):
            self._image = self._random.choice(IMAGES)
            self._logins = 0
            broken = self._random.random() < 0.3
            count = self._random.choice((0, 1, 1, 1, 2, 2, 3, 5))
            secrets = [self._secret(index, broken=broken) for index in range(count)]
            yield Case(self._image, secrets)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _secret(self, index: int, *, broken: bool) -> dict[str, Any]:
        kind, key = self._random.choice(
            (
                ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
                ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
                ("kubernetes.io/dockercfg", ".dockercfg"),
            )
        )
        odd = self._chance(0.1)
        if odd:
            kind = self._random.choice((kind, "Opaque", "", "kubernetes.io/dockercfg"))
            key = self._random.choice((".dockerconfigjson", ".dockercfg", "config.json"))
        entries = [
            (self._key(), self._entry(broken=broken))
            for _ in range(self._random.choice((0, 1, 1, 2, 3, 6)))
        ]
        text = self._object(entries, broken=broken)
        if key == ".dockerconfigjson":
            text = self._document(text, broken=broken)
        data = text.encode("utf-8", "surrogatepass")
        if broken and self._chance(0.4):
            data = self._damage(data)
        if odd and self._chance(0.3):
            data = b""
        return {"namespace": "ns", "name": f"s{index}", "type": kind, "data": {key: data}}

    # Keys

    def _key(self) -> str:
        choose = self._random.choice
        if self._chance(0.15):
            return choose(HUB)
        if self._chance(0.05):
            return "".join(self._random.choices(PIECES, k=self._random.randrange(1, 9)))
        if self._chance(0.4):
            return choose(("", "https://")) + self._host_and_path()
        key = choose(SCHEMES) + choose(USERS) + self._host_and_path() + choose(ENDS)
        if self._chance(0.05):
            at = self._random.randrange(len(key) + 1)
            key = key[:at] + choose("%@:/?#[]*.~ \x01\u00e9\ufffd\U0001f600") + key[at:]
        return key

    def _host_and_path(self) -> str:
        choose = self._random.choice
        if self._chance(0.2):
            return choose(ODD_HOSTS) + choose(PORTS) + choose(PATHS)
        image = self._image if self._chance(0.8) else choose(IMAGES)
        name = image.partition("@")[0]
        host, slash, path = name.partition("/")
        if not slash or ("." not in host and ":" not in host and host.islower()):
            host, path = "docker.io", name
        name_only, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if not name_only:
            name_only, port = host, ""
        port = f":{port}" if port else ""
        if self._chance(0.2):
            port = choose(PORTS)
        if self._chance(0.3):
            labels = name_only.split(".")
            at = self._random.randrange(len(labels))
            labels[at] = choose(
                ("*", labels[at][:1] + "*", "*" + labels[at][1:], labels[at].upper())
            )
            name_only = ".".join(labels)
        if self._chance(0.5):
            return name_only + port + choose(PATHS)
        end = self._random.randrange(len(path) + 1)
        return f"{name_only}{port}/{path[:end]}"

    # Documents

    def _entry(self, *, broken: bool) -> str:
        self._logins += 1
        user, password = f"u{self._logins}", self._random.choice(("p", "", "p:q", "pä", "p\n"))
        if broken and self._chance(0.1):
            return self._random.choice(("null", "{}", "[]", '""', "0", "true", '{"auth":null}'))
        members: list[tuple[str, str]] = []
        if self._chance(0.6):
            members.append(("auth", self._text(self._auth(user, password, broken=broken))))
        if self._chance(0.5) or not members:
            members += [("username", self._text(user)), ("password", self._text(password))]
        if self._chance(0.2):
            members.append(("email", self._text("a@b.example")))
        if self._chance(0.1):
            members.append((self._random.choice(("identitytoken", "x", "")), self._any_value()))
        if broken and self._chance(0.3):
            name = self._random.choice(("auth", "username", "password", "email"))
            members.append((name, self._any_value()))
        self._random.shuffle(members)
        return self._object([(self._field(name), value) for name, value in members], broken=broken)

    def _auth(self, user: str, password: str, *, broken: bool) -> str:
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        if self._chance(0.2):
            auth = auth.rstrip("=")
        if not broken or self._chance(0.5):
            return auth
        damages: tuple[Callable[[str], str], ...] = (
            lambda text: text + "\n",
            lambda text: text[:2] + "\r\n" + text[2:],
            lambda text: text + " ",
            lambda text: "\t" + text,
            lambda text: text + "=",
            lambda text: text[:-1],
            lambda text: text.replace("=", "=\n"),
            lambda text: text + "\u00a0",
            lambda text: text[:3] + "=" + text[3:],
            lambda text: text[:-1] + self._random.choice("-_+/9z"),
            lambda _: base64.b64encode(user.encode()).decode(),
            lambda _: base64.b64encode(b":" + user.encode()).decode(),
            lambda _: base64.b64encode(user.encode() + b"\xff\xe2\x82:\xc3p\xed\xa0\x80").decode(),
            lambda _: "",
            lambda _: "\n",
            lambda _: "=",
            lambda _: "====",
            lambda _: "A",
        )
        return self._random.choice(damages)(auth)

    def _document(self, entries: str, *, broken: bool) -> str:
        members = [(self._field("auths"), entries)]
        if self._chance(0.1):
            members.append(("credsStore", '"desktop"'))
        if self._chance(0.1):
            headers = self._random.choice(
                ('{"a":"b"}', "{}", "null", '{"a":null}', '{"a":1}', "[]", '"x"')
            )
            members.append((self._field("HttpHeaders"), headers))
        if broken and self._chance(0.2):
            second = [(self._key(), self._entry(broken=broken))]
            again = self._random.choice(
                (self._object(second, broken=broken), "null", "{}", self._any_value())
            )
            members.append((self._field("auths"), again))
        if broken and self._chance(0.1):
            members.append((self._random.choice(("", "x", "auth", "\x7f")), self._any_value()))
        self._random.shuffle(members)
        return self._object(members, broken=broken)

    def _field(self, name: str) -> str:
        if self._chance(0.85):
            return name
        forms = (name.upper(), name.title(), name.replace("s", "\u017f"), name + " ", name[:-1])
        return self._random.choice(forms)

    def _any_value(self) -> str:
        values = (
            "null",
            "true",
            "0",
            "-0.5e+10",
            "1" * 5000,
            '"dTpw"',
            '""',
            "[]",
            "{}",
            '["a",{"b":[null]}]',
            '{"a":{"a":1},"a":2}',
            "NaN",
            "-Infinity",
            "01",
            "1.",
            ".5",
            "1e",
            "'x'",
            '"\\u00"',
            '"\\x"',
            '"\t"',
            '"\\ud800"',
            '"\\udc00\\ud800x"',
            '"\\ud83d\\ude00"',
            "[" * 600 + "]" * 600,
            '{"a":[' * 700 + "{}" + "]}" * 700,
        )
        return self._random.choice(values)

    def _object(self, members: list[tuple[str, str]], *, broken: bool) -> str:
        space = self._random.choice(("", "", " ", "\n", "\t\r")) if self._chance(0.3) else ""
        if members and broken and self._chance(0.1):
            members = [*members, self._random.choice(members)]
        inner = f",{space}".join(
            f"{space}{self._text(name)}{space}:{space}{value}" for name, value in members
        )
        return f"{{{inner}{space}}}"

    def _text(self, text: str) -> str:
        """A string of JSON, sometimes with more escapes than needed."""
        if self._chance(0.9):
            return json.dumps(text, ensure_ascii=self._chance(0.5))
        plain = "".join(f"\\u{ord(one):04x}" if ord(one) < 0x10000 else one for one in text)
        return f'"{plain}"'

    def _damage(self, data: bytes) -> bytes:
        choose = self._random.choice
        at = self._random.randrange(len(data) + 1)
        odd = (
            b"\xff",
            b"\xe2\x82",
            b"\xed\xa0\x80",
            b"\xf0\x9f\x98",
            b"\xc0\x80",
            b"\x00",
            b"\x0b",
            b"\xc2\xa0",
            b'"',
            b",",
            b"{",
            b"}",
            b"\\",
            b"\\ud800",
            b"null",
            b" ",
            b"\xef\xbb\xbf",
            b"/**/",
        )
        kind = self._random.randrange(5)
        if kind == 0:
            return data[:at]
        if kind == 1:
            return data[:at] + data[at + 1 :]
        if kind == 2:
            return data + choose((b"\n", b" ", b"x", b"{}", b"\x00", b"\xef\xbb\xbf"))
        if kind == 3:
            return choose((b"\xef\xbb\xbf", b" \n", b"x", b"")) + data
        return data[:at] + choose(odd) + data[at:]
