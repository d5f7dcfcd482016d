#!/usr/bin/env bash
# Build the container image: deploy/build-image.sh [IMAGE]    (default pullproof:dev)
#
# Needs Docker or Podman, and pip in $PYTHON (default: .venv/bin/python or python3). BASE names another base
# image; where none can be pulled and we are root on Debian or Ubuntu, one is made from Debian packages.
set -euo pipefail
image=${1:-pullproof:dev}
cd "$(dirname "$0")/.."
python=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || command -v python3)}
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
debian_base=pullproof-base:bookworm-2
work=$(mktemp -d "${TMPDIR:-/tmp}/pullproof-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
step() { printf '==> %s (%d s)\n' "$*" "$SECONDS" >&2; }

for engine in ${ENGINE:-docker podman}; do
    "$engine" info >/dev/null 2>&1 && break
    engine=
done
[ -n "$engine" ] || {
    echo "no Docker and no Podman answers: start one, or name it with DOCKER_HOST" >&2
    exit 1
}

# What installs packages, and perl with it, is of no use in an image that nobody changes; neither are character
# sets that only iconv converts.
slimmed='cd "$1" && chroot . dpkg --purge --force-all perl perl-modules-5.36 libperl5.36 &&
    rm -rf var/lib/apt var/cache/* var/log/* usr/lib/python3/dist-packages/* usr/share/perl* usr/lib/*/perl-base \
        usr/bin/perl* usr/bin/apt* usr/lib/apt usr/lib/*/libapt-* usr/lib/*/gconv usr/share/zoneinfo/right usr/share/zoneinfo/posix'

make_debian_base() {
    mmdebstrap --quiet --variant=minbase --include=python3-minimal,libpython3-stdlib,ca-certificates,tzdata \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --customize-hook="$slimmed" bookworm "$work/base.tar" && "$engine" import "$work/base.tar" "$debian_base"
}

choose_base() {
    if [ -n "${BASE:-}" ]; then echo "$BASE" && return; fi
    if "$engine" image inspect "$debian_base" >/dev/null 2>&1; then echo "$debian_base" && return; fi
    if timeout 60 "$engine" pull --quiet python:3.13-slim >/dev/null 2>&1; then echo python:3.13-slim && return; fi
    [ "$(id -u)" = 0 ] && command -v mmdebstrap >/dev/null || {
        echo "the base image python:3.13-slim cannot be pulled; to make one from Debian packages: root, and apt-get install mmdebstrap debian-archive-keyring" >&2
        exit 1
    }
    step "no image can be pulled: making a base from Debian packages (about half a minute, once)"
    make_debian_base >"$work/said" 2>&1 || {
        tail -n 20 "$work/said" >&2
        echo "mmdebstrap could not make a base from Debian packages; on Ubuntu it needs debian-archive-keyring. Or name a base image with Python: BASE=..." >&2
        exit 1
    }
    echo "$debian_base"
}

base=$(choose_base)
[ -z "${ONLY_BASE:-}" ] || { echo "$base" && exit; } # for the tests' own images
step "base image: $base"
facts=$("$engine" run --rm --network none --entrypoint python3 "$base" -c 'import sys, platform; print("%d.%d" % sys.version_info[:2], platform.machine())')
read -r python_version machine <<<"$facts"

step "packages for Python $python_version on $machine"
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/wheels" .
"$python" -m pip install --quiet --disable-pip-version-check --target "$work/site-packages" --only-binary :all: --no-compile \
    --python-version "$python_version" --implementation cp \
    --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" --platform "manylinux_2_28_$machine" --platform "manylinux_2_34_$machine" \
    "$(echo "$work"/wheels/pullproof-*.whl)[all]"
rm -rf "$work/site-packages/bin"
find "$work/site-packages" \( -name tests -o -name test -o -name '*.pyi' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' \) -prune -exec rm -rf {} +
# A class for each kind and a method for each verb: 70 MB, loaded on first use, and we only use ApiClient.
for generated in client aio/client; do
    find "$work/site-packages/kubernetes/$generated/api" "$work/site-packages/kubernetes/$generated/models" -name '*.py' ! -name __init__.py -delete
done

mkdir "$work/programs"
write() {
    printf '#!/usr/bin/env python3\nfrom %s import main\n\nmain()\n' "$2" >"$work/programs/$1"
    chmod 755 "$work/programs/$1"
}
write pullproof pullproof.cli.main
write pullproof-webhook pullproof_webhook.__main__
write pullproof-operator pullproof_operator.__main__
write pullproof-guardian pullproof_guardian.__main__
cp deploy/Dockerfile "$work/"

step "building $image"
"$engine" build --quiet --network none --build-arg "BASE=$base" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --tag "$image" "$work" >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    exit 1
}
size=$("$engine" image inspect --format '{{.Size}}' "$image")
step "$image: $((size / 1000000)) MB"
