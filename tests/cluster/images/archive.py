#!/usr/bin/env python3
"""Writes a docker-archive that `ctr images import` accepts."""
import argparse
import hashlib
import io
import json
import tarfile


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("name", help="as containerd knows it: docker.io/library/redis:7.0")
parser.add_argument("out")
parser.add_argument("layers", nargs="+", help="uncompressed tar files, lowest first")
parser.add_argument("--entrypoint")
arguments = parser.parse_args()

digests = [sha256(layer) for layer in arguments.layers]
config = json.dumps(
    {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Entrypoint": [arguments.entrypoint] if arguments.entrypoint else None,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created_by": "tests/cluster"} for _ in digests],
    }
).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"
manifest = [
    {"Config": config_name, "RepoTags": [arguments.name], "Layers": [f"{digest}.tar" for digest in digests]}
]

with tarfile.open(arguments.out, "w") as archive:

    def add(name, size, content):
        member = tarfile.TarInfo(name)
        member.size = size
        archive.addfile(member, content)

    for name, data in [("manifest.json", json.dumps(manifest).encode()), (config_name, config)]:
        add(name, len(data), io.BytesIO(data))
    for layer, digest in zip(arguments.layers, digests):
        with open(layer, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            add(f"{digest}.tar", size, file)
