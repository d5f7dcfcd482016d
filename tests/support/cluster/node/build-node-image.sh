#!/bin/bash
# Make the node image that kind needs, without any image registry: build-node-image.sh BIN IMAGE
# BIN is the folder that build-programs.sh filled. ENGINE is docker or podman. Root, mmdebstrap, jq, runc. About 40 s.
set -euo pipefail
bin=$(cd "$1" && pwd) image=$2 here=$(cd "$(dirname "$0")" && pwd) go=${GO:-go} python=${PYTHON:-python3} engine=${ENGINE:-docker}
. "$here/versions"
work=$(mktemp -d "${TMPDIR:-/tmp}/pullproof-node-image.XXXXXX") containerd_pid=
finish() {
    [ -z "$containerd_pid" ] || { kill "$containerd_pid" && wait "$containerd_pid"; } || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT
step() { printf '    %4d s  %s\n' "$SECONDS" "$*" >&2; }

step "Debian with systemd"
root=$work/root files=$("$go" mod download -json "sigs.k8s.io/kind@v$kind" | jq -r .Dir)/images/base/files
mmdebstrap --quiet --variant=minbase \
    --include=systemd,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,e2fsprogs,ca-certificates,jq,procps,runc \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' bookworm "$root"

step "kind's files and the programs"
cp -r --no-preserve=mode,ownership "$files/etc" "$files/kind" "$root/"
install -m 755 "$files/usr/local/bin/entrypoint" "$root/usr/local/bin/"
chmod 755 "$root"/kind/bin/*
install -m 755 "$bin"/{containerd,containerd-shim-runc-v2,ctr,crictl} "$root/usr/local/bin/"
install -m 755 "$bin"/{kubeadm,kubectl} "$root/usr/bin/"
install -m 755 "$bin/kube" "$root/usr/bin/kubelet" # the multi-call program goes by its name
install -m 755 -D -t "$root/opt/cni/bin" "$bin"/{ptp,loopback,portmap,host-local}
mkdir -p "$root/etc/kubernetes/manifests" "$root/etc/cni/net.d" "$root/kind/manifests"
echo -n "v$kubernetes" >"$root/kind/version"
cp "$here/podnet.yaml" "$root/kind/manifests/default-cni.yaml"
cat >"$root/kind/manifests/default-storage.yaml" <<'YAML'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
provisioner: kubernetes.io/no-provisioner
YAML
# Without CAP_SYS_RESOURCE nothing may lower oom_score_adj: runc would fail with "can't get final child's PID".
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$root/etc/containerd/config.toml"
# On cgroup v1 the kubelet refuses a root group that lacks a controller ("has some missing paths"), and systemd makes
# kubelet.slice only for the controllers that it manages itself: never for cpuset, and not always for cpuacct.
mkdir -p "$root/etc/systemd/system/kubelet.service.d"
cat >"$root/etc/systemd/system/kubelet.service.d/12-cgroup-v1.conf" <<'CONF'
[Service]
ExecStartPre=/bin/sh -uc 'if [ ! -f /sys/fs/cgroup/cgroup.controllers ]; then for one in cpu cpuacct cpuset memory pids devices freezer blkio hugetlb; do [ ! -d /sys/fs/cgroup/$one ] || mkdir -p /sys/fs/cgroup/$one/kubelet.slice || true; done; fi'
CONF
chroot "$root" bash -euc '
    ctr oci spec | jq ".hooks.createContainer += [{path: \"/kind/bin/mount-product-files.sh\"}] | del(.process.rlimits)" >/etc/containerd/cri-base.json
    ln -s /usr/lib/systemd/systemd /sbin/init
    find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete
    rm -f /lib/systemd/system/{multi-user,local-fs,basic}.target.wants/* /etc/systemd/system/*.wants/* /lib/systemd/system/sockets.target.wants/*{udev,initctl}*
    echo ReadKMsg=no >>/etc/systemd/journald.conf
    systemctl --quiet enable kubelet.service containerd.service undo-mount-hacks.service
    systemctl --quiet mask systemd-binfmt.service
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /etc/machine-id'

step "the control plane's images, unpacked into the node's containerd"
"$python" "$here/images.py" "$bin" "$root" "v$kubernetes" "$work/images.tar"
printf 'version = 3\nroot = "%s"\nstate = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]\n[grpc]\naddress = "%s"\n' \
    "$root/var/lib/containerd" "$work/state" "$work/containerd.sock" >"$work/containerd.toml"
"$bin/containerd" --config "$work/containerd.toml" >"$work/containerd.log" 2>&1 &
containerd_pid=$!
ctr=("$bin/ctr" -a "$work/containerd.sock" -n k8s.io)
for _ in {1..100}; do "${ctr[@]}" version >/dev/null 2>&1 && break; sleep 0.1; done
"${ctr[@]}" images import --local --discard-unpacked-layers --label io.cri-containerd.pinned=pinned "$work/images.tar" >/dev/null
"${ctr[@]}" images tag localhost/podnet:1 localhost/gone:1 >/dev/null
"${ctr[@]}" images rm --sync localhost/gone:1 >/dev/null # collects the garbage: every layer that is unpacked now
kill "$containerd_pid" && wait "$containerd_pid" || true
containerd_pid=

step "into the engine"
tar -C "$root" --one-file-system --exclude=./dev/* --exclude=./proc/* --exclude=./sys/* --exclude=./run/* --exclude=./tmp/* -c . |
    "$engine" import --change 'ENV container=docker' --change 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]' - "$image" >/dev/null
step "$image: $(($("$engine" image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
