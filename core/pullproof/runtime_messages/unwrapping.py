"""Take the wrappers off, outside in: what is left are the answers that were given, one or several.

An aggregate is split into its parts. Of a pull that went over mirrors or fell back to artifacts, the
upstream's answer and the image's own are what counts; the others are kept as side notes.
"""

import re
from dataclasses import dataclass

MAX_PARTS = 8
"""Answers that are read one by one; what follows is read with the last."""

# (combined from similar events): — client-go tools/record/events_cache.go
# spec.containers{web}: — kubectl describe, before the message of an Event
# Failed to pull image "x": / Back-off pulling image "x": ErrImagePull: — kubelet images/image_manager.go
_OUTER = re.compile(
    r"\(combined from similar events\): ?|spec\.\w{1,20}\{[^}]{0,253}\}: ?"
    r'|Back-off pulling image "(?P<back_off>[^"]{0,600})"(?:: (?:ErrImagePull: )?)?'
    r'|Failed to pull image "(?P<failed>[^"]{0,600})": ?'
    r"|(?:Err)?ImagePull(?:BackOff)?: "
)
# cri-o internal/storage/image.go: the artifact's error only tells that an image is no artifact.
_OWN, _ARTIFACT = "pull image err: ", "; artifact err: "
# containers/image docker/docker_image_src.go
_MIRRORS = "(Mirrors also failed: ["
_MIRROR = re.compile(r"\[(?P<mirror>[^\s\[\]]{1,400}): (?P<said>[^\]]{1,2000})\]")
# hashicorp/go-multierror, containers/common libimage: one answer for each registry that was tried
_LIST = re.compile(r"\b\d{1,3} errors?(?:\(s\))? occurred[^:]{0,60}: ?\* ")
_SOURCE = re.compile(r"initializing source docker://(?P<ref>[^\s:]{1,400})", re.IGNORECASE)
_BRACKET = re.compile(r'": \[(?=rpc error: |failed to |unable to |error response )', re.IGNORECASE)
_NEXT = re.compile(
    r", (?=rpc error: |failed to |unable to |error response from daemon|initializing source |reading "
    r"|pinging |pull access |unexpected status|manifest |unauthorized: |denied: |toomanyrequests"
    r"|(?:get|head) \"?https?://|registryunavailable|signaturevalidationfailed|error |authentication )",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """What is left of a message."""

    text: str
    """All of it, without back-off, event and aggregate prefixes."""
    parts: tuple[str, ...]
    """The answers: at least one."""
    image: str = ""
    """As the kubelet spells it."""
    mirrors: tuple[tuple[str, str], ...] = ()
    """Mirrors that failed before the upstream did: name, and what each said."""
    several_registries: bool = False
    """The parts come from different registries, not from one that was asked with several logins."""


def unwrapped(text: str) -> Unwrapped:
    """Take the wrappers off a text that is one clean line."""
    image = ""
    while (outer := _OUTER.match(text)) is not None and outer.end() > 0:
        image = outer["failed"] or outer["back_off"] or image
        if outer.end() == len(text):
            break  # the whole message: there is nothing inside
        text = text[outer.end() :]
    listed = _listed(text)
    parts = listed or _aggregated(text)
    mirrors: list[tuple[str, str]] = []
    inner = tuple(_upstream(_own(one), mirrors) for one in parts if one)
    if len(parts) > 1 and not listed:
        text = text.removeprefix("[").removesuffix("]")
    return Unwrapped(
        text=text,
        parts=inner or (text,),
        image=image,
        mirrors=tuple(mirrors),
        several_registries=len(listed) > 1,
    )


def _listed(text: str) -> tuple[str, ...]:
    """One answer for each registry that a short name was tried at."""
    listed = _LIST.search(text)
    if listed is not None:
        return tuple(one.strip() for one in text[listed.end() :].split(" * ", MAX_PARTS - 1))
    sources = list(_SOURCE.finditer(text))
    if not 1 < len({one["ref"] for one in sources}) == len(sources) <= MAX_PARTS:
        return ()
    starts = [one.start() for one in sources]
    ends = [*starts[1:], len(text)]
    return tuple(text[begin:end] for begin, end in zip(starts, ends, strict=True))


def _aggregated(text: str) -> tuple[str, ...]:
    """``[e1, e2]``: the kubelet tried several logins (apimachinery util/errors)."""
    if text.startswith("["):
        return tuple(_NEXT.split(text[1:].removesuffix("]"), MAX_PARTS - 1))
    inside = _BRACKET.search(text)
    if inside is None:
        return (text,)
    end = text.rfind("]", inside.end())
    return tuple(_NEXT.split(text[inside.end() : end if end > 0 else len(text)], MAX_PARTS - 1))


def _own(text: str) -> str:
    _, own, rest = text.partition(_OWN)
    image, artifact, _ = rest.partition(_ARTIFACT)
    return image if own and artifact else text


def _upstream(text: str, mirrors: list[tuple[str, str]]) -> str:
    begin = text.find(_MIRRORS)
    if begin < 0:
        return text
    end = text.rfind("]): ")
    if end < begin:
        return text
    said = text[begin + len(_MIRRORS) - 1 : end + 1]
    mirrors += [(one["mirror"], one["said"]) for one in _MIRROR.finditer(said)]
    return text[end + len("]): ") :]
