# SPDX-License-Identifier: Apache-2.0
"""An image from nothing, for use as an image volume: an OCI image layout, of version 1.0 of the format."""
import hashlib
import json

import archive
import release

USER = "65532:65532"


def layout(contents, change):
    """The files of the layout: paths to bytes. `contents` has a root per architecture, in the form of archive.tar.

    index.json names one index, and that a manifest per platform, so that `skopeo copy --all` takes it as a whole.
    """
    files = {"oci-layout": as_json({"imageLayoutVersion": "1.0.0"})}

    def add(kind, data, **more):
        digest = hashlib.sha256(data).hexdigest()
        files[f"blobs/sha256/{digest}"] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data), **more}

    notes = release.annotations()
    manifests = []
    for architecture, content in contents.items():
        platform = {"architecture": architecture, "os": "linux"}
        layer = archive.tar(content, change.date)
        config = {
            "created": change.created, **platform, "config": {"User": USER},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        }
        manifest = {
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": add("config.v1+json", as_json(config)),
            "layers": [add("layer.v1.tar+gzip", archive.gzip(layer))],
            "annotations": {**notes, **{f"org.opencontainers.image.{name}": value for name, value in platform.items()}},
        }
        manifests.append(add("manifest.v1+json", as_json(manifest), platform=platform))
    index = add("index.v1+json", as_index(manifests=manifests, annotations=notes),
                annotations={"org.opencontainers.image.ref.name": f"v{change.version}"})
    files["index.json"] = as_index(manifests=[index])
    return files


def as_index(**content):
    return as_json({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", **content})


def as_json(value):
    return json.dumps(value, separators=(",", ":")).encode()
