"""Write one OCI archive of all images that a kind node needs, made from plain programs: images.py BIN ROOTFS VERSION ARCHIVE.

BIN holds the programs; ROOTFS is the node's Debian tree: iptables and nft, which kube-proxy calls, come out of it.
The images' names are those that kubeadm and the node's containerd ask for. The Kubernetes components share one layer.
"""

import hashlib
import io
import json
import pathlib
import platform
import re
import subprocess
import sys
import tarfile

BIN, ROOTFS, VERSION, ARCHIVE = (
    pathlib.Path(sys.argv[1]),
    pathlib.Path(sys.argv[2]),
    sys.argv[3],
    sys.argv[4],
)
OCI = "application/vnd.oci.image."
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
blobs = {}


def out(*argv, check=True):
    return subprocess.run(argv, check=check, text=True, stdout=subprocess.PIPE).stdout


def blob(data):
    digest = hashlib.sha256(data).hexdigest()
    blobs[digest] = data
    return {"digest": f"sha256:{digest}", "size": len(data)}


def layer(files, links=()):
    """One layer of (source, path in the image) and of links (path in the image, target)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for source, path in files:
            info = tar.gettarinfo(source, path)
            info.uid = info.gid = info.mtime = 0
            info.uname = info.gname = ""
            tar.addfile(info, open(source, "rb") if info.isreg() else None)
        for path, target in links:
            info = tarfile.TarInfo(path)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return blob(raw.getvalue())


def packet_filters():
    """iptables and nft with their extensions and libraries, as they lie in the Debian tree."""

    def found(pattern):
        return {
            str(path.relative_to(ROOTFS))
            for path in ROOTFS.glob(pattern)
            if not path.name.endswith(".gz")
        }

    programs = (
        found("usr/sbin/xtables-*-multi")
        | {"usr/sbin/nft"}
        | found("usr/lib/*-linux-gnu/xtables/*.so")
    )
    # The extensions count too: one needs libm, which no program does. Each library is listed as /lib…/NAME, so as a path through a link.
    listed = out("chroot", ROOTFS, "ldd", *(f"/{path}" for path in sorted(programs)), check=False)
    libraries = {
        word
        for line in listed.splitlines()
        if line.startswith("\t")
        for word in line.split()
        if word.startswith("/")
    }
    files = [
        (ROOTFS / path, path)
        for path in sorted(
            programs | found("usr/sbin/ip*tables*") | found("etc/alternatives/ip*tables*")
        )
    ]
    files += [
        ((ROOTFS / path[1:]).resolve(), "usr/" + path.removeprefix("/usr/").lstrip("/"))
        for path in sorted(libraries)
    ]
    return layer(files, [(name, f"usr/{name}") for name in ("bin", "lib", "lib64", "sbin")])


def main():
    components = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    kube = layer(
        [(BIN / "kube", "usr/local/bin/kube")],
        [(f"usr/local/bin/{name}", "kube") for name in components],
    )
    wanted = out(
        BIN / "kubeadm", "config", "images", "list", "--kubernetes-version", VERSION
    ).split()
    wanted += re.findall(
        r'sandbox_image = "(.+)"', (ROOTFS / "etc/containerd/config.toml").read_text()
    )  # kind's own pause
    wanted.append("localhost/podnet:1")
    manifests = []
    for name in wanted:
        program = name.rpartition("/")[2].partition(":")[0]
        if program in components:
            layers, entrypoint = [kube], []
        else:
            layers, entrypoint = (
                [layer([(BIN / program, f"usr/local/bin/{program}")])],
                [f"/usr/local/bin/{program}"],
            )
        if program == "kube-proxy":
            layers.append(packet_filters())
        config = blob(
            json.dumps(
                {
                    "architecture": ARCHITECTURE,
                    "os": "linux",
                    "rootfs": {"type": "layers", "diff_ids": [one["digest"] for one in layers]},
                    "config": {
                        "Entrypoint": entrypoint,
                        "Env": [
                            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                        ],
                    },
                }
            ).encode()
        )
        manifest = blob(
            json.dumps(
                {
                    "schemaVersion": 2,
                    "mediaType": OCI + "manifest.v1+json",
                    "config": {"mediaType": OCI + "config.v1+json", **config},
                    "layers": [{"mediaType": OCI + "layer.v1.tar", **one} for one in layers],
                }
            ).encode()
        )
        manifests.append(
            {
                "mediaType": OCI + "manifest.v1+json",
                **manifest,
                "annotations": {"io.containerd.image.name": name},
            }
        )
    index = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    with tarfile.open(ARCHIVE, "w") as tar:
        for path, data in {
            "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
            "index.json": index,
            **{f"blobs/sha256/{d}": b for d, b in blobs.items()},
        }.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


main()
