#!/bin/bash
# Build the programs of a node into the folder $1, from Go modules: build-programs.sh BIN
# Cold about 13 minutes on 2 cores; with Go's caches warm a minute. GO names the Go program.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd) here=$(cd "$(dirname "$0")" && pwd) go=${GO:-go}
. "$here/versions"
work=$(mktemp -d "${TMPDIR:-/tmp}/pullproof-programs.XXXXXX") && trap 'rm -rf "$work"' EXIT
step() { printf '    %4d s  %s\n' "$SECONDS" "$*" >&2; }
version=k8s.io/component-base/version
flags="-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=$(cut -d. -f2 <<<"$kubernetes")"
flags="$flags -X github.com/containerd/containerd/v2/version.Version=$containerd"

# k8s.io/kubernetes replaces its staging modules by folders; the published modules of the same release stand in for them.
gomod=$("$go" mod download -json "k8s.io/kubernetes@v$kubernetes" | jq -r .GoMod)
staging=$(sed -n '/^replace (/,/^)/p' "$gomod" | awk -v v="v0.${kubernetes#1.}" '/staging/ {print "replace", $1, "=>", $1, v}')

# build TAGS GO.MOD-LINES SOURCE-FILE|PACKAGE...: into BIN, in a module made for them alone
build() {
    local folder tags=$1 lines=$2
    shift 2
    folder=$(mktemp -d "$work/module.XXXXXX")
    (
        cd "$folder"
        printf 'module example.test/programs\ngo 1.26.0\n%s\n' "$lines" >go.mod
        if [ -f "$1" ]; then
            cp "$1" main.go
            set -- "$out/$(basename "$1" .go)" .
        else
            printf '//go:build tools\n\npackage tools\n' >tools.go
            printf 'import _ "%s"\n' "$@" >>tools.go
            set -- "$out/" "$@"
        fi
        "$go" mod tidy >tidy.log 2>&1 || { cat tidy.log >&2 && exit 1; }
        CGO_ENABLED=0 "$go" build -trimpath -tags "$tags" -ldflags "$flags" -o "$@"
    )
}

step "Kubernetes $kubernetes"
build "" "require k8s.io/kubernetes v$kubernetes"$'\n'"$staging" "$here/kube.go"
build "" "require k8s.io/kubernetes v$kubernetes"$'\n'"$staging" k8s.io/kubernetes/cmd/{kubeadm,kubectl}
for component in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do ln -sf kube "$out/$component"; done
step "containerd $containerd"
build "no_btrfs no_devmapper no_zfs" "require github.com/containerd/containerd/v2 v$containerd" \
    github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2,ctr}
step "etcd $etcd"
build "" "require go.etcd.io/etcd/server/v3 v$etcd" go.etcd.io/etcd/server/v3
[ -f "$out/etcd" ] || mv "$out/server" "$out/etcd"
step "crictl, network plugins, CoreDNS, Pod network"
build "" "require sigs.k8s.io/cri-tools v$cri_tools" sigs.k8s.io/cri-tools/cmd/crictl
build "" "require github.com/containernetworking/plugins v$cni_plugins" \
    github.com/containernetworking/plugins/plugins/{main/ptp,main/loopback,meta/portmap,ipam/host-local}
build "" "require github.com/vishvananda/netlink v$netlink" "$here/podnet.go"
build "" "require github.com/coredns/coredns v$coredns" "$here/coredns.go"
step "registry"
build "" "require github.com/distribution/distribution/v3 v$distribution" github.com/distribution/distribution/v3/cmd/registry
build "" "" "$here/pause.go"
step "all programs built"
