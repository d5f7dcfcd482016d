"""What a message names beside its cause: image, hosts, addresses, status, platform."""

import re
from dataclasses import dataclass

_HOST = r"[\w.-]{1,253}(?::\d{1,5})?"
_NAMED = (
    # kubelet; containerd; crictl, podman, helm and others that quote the name
    (
        r"(?:pull(?:ing|ed)?(?: and unpack)?|parse|inspect|get sandbox|container|sandbox|resolve"
        r"|resolving|trying to pull|apply default) (?:the )?(?:image|reference|default image tag"
        r"|image tag|ref)(?: name| reference)? \"(?P<a>[^\"\s]{1,600})\""
    ),
    r"\"?pullimage\"? \"(?P<b>[^\"\s]{1,600})\"",
    # containers/image
    r"docker://(?P<c>[^\s\"',]{1,600}?)(?=[:,]? |[\"',]|:?$)",
    # moby
    r"(?:pull access denied for|manifest for) \"?(?P<d>[^\s\",]{1,600})",
    r"\brepository (?P<e>[^\s\"',]{1,600}) not found",
    # buildkit, ctr, podman, kubeadm, ECS
    r"failed to solve: (?P<f>[^\s\"]{1,600}): ",
    r"resolve ref (?P<g>[^\s\"]{1,600}): ",
    rf"(?:unable to pull|failed to pull image|pulling image|pulling) (?P<h>{_HOST}/[^\s\"]{{1,600}}?)(?=:? )",
    r"\bimage=\"?(?P<i>[^\s\"]{1,600})",
    # containerd's leaf
    rf"(?:^|: )(?P<j>{_HOST}/[^\s\":]{{1,400}}[:@][^\s\"]{{1,200}}): not found",
)
_IMAGE = tuple(re.compile(pattern, re.IGNORECASE | re.ASCII) for pattern in _NAMED)
_URL = re.compile(
    r"\bhttps?://(?P<host>\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?|[^/\s\"'?#@\[\]]{1,255})"
    r"(?P<path>/[^\s\"'?#]{0,1000})?(?P<ns>\?ns=)?"
)
_LOOKUP = re.compile(
    r"lookup (?P<host>[^\s:\"]{1,253})(?: on (?P<resolver>[0-9A-Fa-f.:\[\]%\w]{2,80}))?"
)
_NAMED_HOST = re.compile(
    r"(?:ping(?:ing)? (?:container registry|docker registry|registry)?|pulling from host|registry"
    r"|could not resolve host:|host=) ?(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){0,20}(?::\d{1,5})?)"
    r"(?=:|\s(?:failed|is)|\s*$|\")",
    re.IGNORECASE | re.ASCII,
)
_DIAL = re.compile(
    r"(?:dial tcp |read tcp [^\s>]{2,80}->|write tcp [^\s>]{2,80}->)"
    r"(?P<address>(?:\[[0-9A-Fa-f:.%\w]{2,60}\]|[0-9.]{7,15}):\d{1,5})"
)
_STATUS = re.compile(
    r"https?://\S{1,1000}: (?P<a>[1-5]\d\d)\b"
    r"|\b(?P<b>[1-5]\d\d) (?:unauthorized|forbidden|not found|bad (?:request|gateway)|too many requests"
    r"|internal server error|service (?:temporarily )?unavailable|gateway time-?out|precondition failed"
    r"|proxy|payment required|method not allowed|not acceptable|conflict|gone|\((?:unauth|forbid|not|bad|too"
    r"|internal|service|gateway))"
    r"|(?:status|status ?code|http code|http status|http|response)[:=]? \(?(?P<c>[1-5]\d\d)\b",
    re.ASCII,
)
_CODE = re.compile(
    r"(?:^|[\s\":(\[])(?P<code>unauthorized|denied|manifest[ _](?:unknown|invalid|blob[ _]unknown)"
    r"|name[ _](?:unknown|invalid)|blob[ _]unknown|toomanyrequests|unsupported|tag[ _](?:invalid|expired)"
    r"|digest[ _]invalid|not_found|forbidden|projectpolicyviolation|unavailable|too_many_request)"
    r"(?=:|$|\"|\s*$)",
    re.ASCII,
)
_PLATFORM = (
    re.compile(
        r"(?:no matching manifest for|no child with platform|wanted|platform) \"?"
        r"(?P<os>linux|windows|darwin|freebsd)/(?P<arch>[a-z0-9]{2,12})(?:/(?P<variant>[a-z0-9]{1,10}))?",
        re.ASCII,
    ),
    re.compile(
        r"architecture \"?(?P<arch>[a-z0-9]{2,12})\"?, (?:variant \"(?P<variant>[a-z0-9]{0,10})\", )?"
        r"os \"?(?P<os>[a-z]{3,10})",
        re.ASCII,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """A URL in a message, and where it stands."""

    host: str
    path: str
    asked_for_other: bool
    """It carries ``?ns=``: containerd asked a mirror for another registry's image."""
    start: int


def image(text: str) -> str:
    """The reference that a text names, as written there."""
    for pattern in _IMAGE:
        match = pattern.search(text)
        if match is not None:
            return (match[match.lastindex or 0] or "").rstrip(".,:;")
    return ""


def url(text: str, decisive_end: int) -> Url | None:
    """The URL that failed: the last before the leaf's end, else the first after it."""
    found: re.Match[str] | None = None
    for match in _URL.finditer(text):
        if found is not None and match.start() >= decisive_end:
            break
        found = match
    if found is None:
        return None
    return Url(
        host=found["host"].rstrip(":.,;"),
        path=found["path"] or "",
        asked_for_other=found["ns"] is not None,
        start=found.start(),
    )


def lookup(text: str) -> tuple[str, str]:
    """The name that was looked up, and the resolver that was asked; empty where there is none."""
    match = _LOOKUP.search(text)
    if match is None:
        return "", ""
    return match["host"], (match["resolver"] or "").rstrip(":.")


def named_host(text: str) -> str:
    """A host that a text names without a URL."""
    match = _NAMED_HOST.search(text)
    return match["host"] if match is not None else ""


def address(text: str) -> str:
    """The ``ip:port`` that was dialled."""
    match = _DIAL.search(text)
    return match["address"] if match is not None else ""


def status(lowered: str) -> int | None:
    """The HTTP status in a text in lower case."""
    match = _STATUS.search(lowered)
    return int(match[match.lastindex or 0]) if match is not None else None


def code(lowered: str) -> str:
    """A registry's error code in a text in lower case, spelt as the specification does."""
    match = _CODE.search(lowered)
    return match["code"].replace(" ", "_").upper() if match is not None else ""


def platform(lowered: str) -> str:
    """The platform that was wanted, by a text in lower case: ``linux/arm64/v8``."""
    for pattern in _PLATFORM:
        match = pattern.search(lowered)
        if match is not None:
            parts = (match["os"], match["arch"], match["variant"])
            return "/".join(one for one in parts if one and one != "unknown")
    return ""
