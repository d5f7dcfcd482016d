"""Platforms, and which entry of an index a node would take.

The two runtimes disagree, so the node's runtime is an argument: containerd falls back to lesser
variants and even to other architectures, CRI-O (containers/image) compares letter by letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pullproof.errors import PullproofError

Runtime = Literal["containerd", "cri-o"]


class InvalidPlatform(PullproofError):
    """Text that is not of the form ``os/arch[/variant]``; the message says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an image is built for, or what a node is; as written, not normalised."""

    os: str
    architecture: str
    """Go's name: ``amd64``, ``arm64``, ``386``."""
    variant: str = ""
    """``v7``, ``v8``: for the architectures that have them."""
    os_version: str = ""
    """Windows only: ``10.0.20348.2227``."""
    os_features: tuple[str, ...] = ()
    """What the image asks of the operating system, beyond its name (``os.features``)."""

    def __str__(self) -> str:
        """``os/arch[/variant]``."""
        parts = (self.os, self.architecture, self.variant)
        return "/".join(parts if self.variant else parts[:2])


# The form of containerd's own specifiers; the version in brackets is for Windows.
_WRITTEN = re.compile(
    r"(?P<os>[\w-]+)(?:\((?P<version>[\w.-]*)\))?"
    r"/(?P<architecture>[\w.-]+)(?:/(?P<variant>[\w.-]+))?",
    re.ASCII,
)


def parse_platform(text: str) -> Platform:
    """Read ``linux/arm64/v8`` or ``windows(10.0.20348)/amd64``. Raises InvalidPlatform.

    >>> str(parse_platform("linux/arm64/v8"))
    'linux/arm64/v8'
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise InvalidPlatform(
            f'"{text[:100]}" is no platform; write os/architecture or os/architecture/variant,'
            " such as linux/amd64 or linux/arm/v7"
        )
    return Platform(
        os=found["os"],
        architecture=found["architecture"],
        variant=found["variant"] or "",
        os_version=found["version"] or "",
    )


_ALIASES = {
    "i386": "386",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm",
    "armel": "arm",
}
_VARIANTS = {
    ("amd64", "v1"): "",
    ("arm64", "8"): "",
    ("arm64", "v8"): "",
    ("arm64", "v8.0"): "",
    ("arm64", "9"): "v9",
    ("arm64", "9.0"): "v9",
    ("arm64", "v9.0"): "v9",
    ("arm", ""): "v7",
    ("arm", "5"): "v5",
    ("arm", "6"): "v6",
    ("arm", "7"): "v7",
    ("arm", "8"): "v8",
}
_IMPLIED = {"i386": "", "armhf": "v7", "armel": "v6"}


def normalize(platform: Platform) -> Platform:
    """Return the same platform in containerd's one spelling: ``x86_64`` is ``amd64``, arm is v7.

    https://github.com/containerd/platforms/blob/v1.0.0-rc.5/database.go
    """
    system = platform.os.lower()
    written, variant = platform.architecture.lower(), platform.variant.lower()
    architecture = _ALIASES.get(written, written)
    variant = _IMPLIED.get(written, _VARIANTS.get((architecture, variant), variant))
    return replace(
        platform,
        os="darwin" if system == "macos" else system,
        architecture=architecture,
        variant=variant,
        os_features=tuple(sorted(set(platform.os_features))),
    )


def choose(
    platforms: Sequence[Platform | None], node: Platform, runtime: Runtime = "containerd"
) -> int | None:
    """Position of the entry of an index that a node would take; None: it would take none.

    An entry whose platform is None (the index does not say) is taken when no other fits. With
    containerd its image configuration must then fit, which is the caller's to see.
    """
    unsaid = next((at for at, one in enumerate(platforms) if one is None), None)
    for wanted in _acceptable(node, runtime):
        fitting = [
            (0 if runtime == "cri-o" else -len(one.os_features), at)
            for at, one in enumerate(platforms)
            if one is not None and _fits(one, wanted, runtime)
        ]
        if fitting:
            return min(fitting)[1]
    return unsaid


def _acceptable(node: Platform, runtime: Runtime) -> Iterator[Platform]:
    """Every platform whose images a node takes, best first."""
    if runtime == "cri-o":
        variants = _exact_variants(node.architecture, node.variant)
        yield from (replace(node, variant=variant) for variant in variants)
        return
    node = normalize(node)
    for architecture, variant in _ladder(node.architecture, node.variant):
        yield normalize(replace(node, architecture=architecture, variant=variant))


def _fits(offered: Platform, wanted: Platform, runtime: Runtime) -> bool:
    if runtime == "cri-o":  # looks at neither versions nor features
        return (offered.os, offered.architecture, offered.variant) == (
            wanted.os,
            wanted.architecture,
            wanted.variant,
        )
    found = normalize(offered)
    features = set(found.os_features)
    if wanted.os == "windows":
        features.discard("win32k")
    return (
        (found.os or wanted.os) == wanted.os  # Go reads an empty os as its own
        and found.architecture == wanted.architecture
        and found.variant == wanted.variant
        and features <= set(wanted.os_features)
        and (wanted.os != "windows" or _windows_runs(wanted.os_version, found.os_version))
    )


# https://github.com/containers/image/blob/v5.36.2/internal/pkg/platform/platform_matcher.go
_EXACT = {"arm": ("v8", "v7", "v6", "v5"), "arm64": ("v8",)}


def _exact_variants(architecture: str, variant: str) -> tuple[str, ...]:
    """CRI-O's order of variants; the empty one is always among them."""
    known = _EXACT.get(architecture, ())
    if not variant:
        return ("", *known)
    if variant in known:
        return (*known[known.index(variant) :], "")
    return (variant, "")


# https://github.com/containerd/platforms/blob/v1.0.0-rc.5/compare.go
_OLDEST_ARM = 5
_NEWEST_ARM64 = {8: 9, 9: 7}
"""The highest minor version of Armv8 and Armv9 that containerd knows."""
_ARM64 = re.compile(r"v([89])(?:\.(\d))?", re.ASCII)
_LEVEL = re.compile(r"v?(\d{1,2})", re.ASCII)


def _ladder(architecture: str, variant: str) -> Iterator[tuple[str, str]]:
    """Architectures and variants that containerd takes on a normalised node, best first."""
    if architecture == "arm64":
        yield from _arm64_ladder(variant or "v8")
        return
    yield architecture, variant
    level = int(found[1]) if (found := _LEVEL.fullmatch(variant)) else 0
    if architecture == "amd64":
        yield from (("amd64", f"v{lower}") for lower in range(level - 1, 0, -1))
        yield "386", ""
    if architecture == "arm":
        yield from (("arm", f"v{lower}") for lower in range(level - 1, _OLDEST_ARM - 1, -1))


def _arm64_ladder(variant: str) -> Iterator[tuple[str, str]]:
    found = _ARM64.fullmatch(variant)
    if found is None or int(found[2] or 0) > _NEWEST_ARM64[int(found[1])]:
        return  # a variant that containerd does not know fits nothing
    minor = int(found[2] or 0)
    if found[1] == "9":
        yield from (("arm64", f"v9.{lower}") for lower in range(minor, -1, -1))
        minor = min(minor + 5, _NEWEST_ARM64[8])  # Armv9.0 holds Armv8.5, and so on
    yield from (("arm64", f"v8.{lower}") for lower in range(minor, -1, -1))
    yield from (("arm", f"v{lower}") for lower in range(8, _OLDEST_ARM - 1, -1))


# https://github.com/containerd/platforms/blob/v1.0.0-rc.5/platform_windows_compat.go
_LTSC = (20348, 26100)
"""Windows Server 2022 and 2025: from the first on, a host also runs the release before its own."""
_WINDOWS = re.compile(r"0*(\d{1,3})\.0*(\d{1,3})\.0*(\d{1,5})(?:\..*)?", re.ASCII | re.DOTALL)


def _windows_runs(host: str, image: str) -> bool:
    """Whether a Windows host runs an image of that ``os.version``; no version fits all."""
    ours = _windows_version(host)
    if ours == (0, 0, 0) or not image:
        return True
    theirs = _windows_version(image)
    if ours[:2] != theirs[:2]:
        return False
    if ours[2] < _LTSC[0]:
        return ours[2] == theirs[2]
    at_or_before = [release for release in _LTSC if release <= ours[2]]
    oldest = at_or_before[-2] if len(at_or_before) > 1 else at_or_before[0]
    return oldest <= theirs[2] <= ours[2]


def _windows_version(text: str) -> tuple[int, int, int]:
    """Major, minor, build; zeros when the text says none, as in Go."""
    found = _WINDOWS.fullmatch(text)
    if found is None:
        return (0, 0, 0)
    major, minor, build = (int(part) for part in found.groups())
    fits = max(major, minor) < 1 << 8 and build < 1 << 16
    return (major, minor, build) if fits else (0, 0, 0)
