# SPDX-License-Identifier: Apache-2.0
"""Manifests as they reach a cluster: rendered by kubectl, decoded strictly by the packages that their readers use."""
import json
import os
import pathlib
import posixpath
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "interop")]
from peers import HANG_SECONDS, Missing, go_program, locked  # noqa: E402
from support import outputs  # noqa: E402

DEPLOY = HERE.parent.parent / "examples" / "deploy"
ARGO_CD = "github.com/argoproj/argo-cd/v3@v3.5.7", "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0="
PLUGIN = "eks-aws-auth-plugin"


def run(*command, text=None, **options):
    done = subprocess.run(command, input=text, stdin=None if text else subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=HANG_SECONDS, **options)
    outputs.said(done.stderr)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


class Tools:
    """What reads manifests. Error: Missing, without Go or its modules."""

    def __init__(self, build):
        self.build = build
        self.kubectl = go_program(build, "kubectl")
        self.program = build / "deploy"
        with locked(build):
            subprocess.run(["go", "build", "-buildvcs=false", "-p", "2", "-o", self.program, "."],
                           cwd=HERE, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
        self.kueue = pathlib.Path(run("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kueue", cwd=HERE).strip())

    def argo_cd(self):
        """The folder of its source: of a module that can't be compiled outside its own repository."""
        name, checksum = ARGO_CD
        done = subprocess.run(["go", "mod", "download", "-json", name], cwd=HERE, capture_output=True, text=True)
        module = json.loads(done.stdout)
        if "Error" in module:
            raise Missing(f"go mod download {name}: {module['Error']}")
        assert module["Sum"] == checksum, module["Sum"]
        return pathlib.Path(module["Dir"])

    def decode(self, *arguments, text=None):
        return json.loads(run(self.program, *arguments, text=text))

    def render(self, base, *components, **more):
        """The objects of `kubectl apply -k` for a base with components of ours, those of types of others left out."""
        with tempfile.TemporaryDirectory(dir=self.build) as folder:
            relative = [os.path.relpath(path, folder) for path in (base, *(DEPLOY / name for name in components))]
            more = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": relative[:1],
                    "components": relative[1:], **more}
            pathlib.Path(folder, "kustomization.yaml").write_text(json.dumps(more))
            return self.decode("objects", "-some", text=run(self.kubectl, "kustomize", folder))


def named(objects, kind, name):
    [found] = [one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def pod_of(objects, kind, name):
    return named(objects, kind, name)["spec"]["template"]["spec"]


def place(container, path):
    """Where a path of a container is: a volume, and a path in it; with whether the container may write there."""
    mounts = [mount for mount in container["volumeMounts"] if posixpath.commonpath([mount["mountPath"], path]) == mount["mountPath"]]
    mount = max(mounts, key=lambda mount: len(mount["mountPath"]))
    inside = posixpath.join(mount.get("subPath", ""), posixpath.relpath(path, mount["mountPath"]))
    return (mount["name"], inside), not mount.get("readOnly", False)


def check_restricted(pod):
    """No container has more rights than the Pod Security Standard `restricted` leaves, or a root file system to write to."""
    for container in pod["containers"] + pod.get("initContainers", []):
        of = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
        assert of.get("runAsNonRoot") is True and of.get("runAsUser") != 0, (container["name"], of)
        assert of["allowPrivilegeEscalation"] is False and of["readOnlyRootFilesystem"] is True, (container["name"], of)
        assert of["capabilities"] == {"drop": ["ALL"]}, (container["name"], of)
        assert of["seccompProfile"] == {"type": "RuntimeDefault"}, (container["name"], of)


def check_plugin(pod, name, command, image, init):
    """Container `name` finds the plugin at `command`: in an image's volume, or where an init container copies it to."""
    [container] = [one for one in pod["containers"] if one["name"] == name]
    assert container["image"], "the patch made a container of its own"
    (volume, inside), writable = place(container, command)
    assert not writable and inside == "bin/" + PLUGIN, (volume, inside, writable)
    [source] = [one for one in pod["volumes"] if one["name"] == volume]
    if not init:
        assert source == {"name": volume, "image": {"reference": image}}, source
        assert "initContainers" not in pod
        return
    assert set(source) == {"name", "emptyDir"}, source
    [copier] = pod["initContainers"]
    assert copier["image"] == image and copier["command"] == ["/bin/" + PLUGIN], copier
    option, path = copier["args"]
    assert option == "--install" and place(copier, path) == ((volume, inside), True), copier
    # That of the volume is there from the beginning; the program makes none.
    assert posixpath.dirname(path) in [mount["mountPath"] for mount in copier["volumeMounts"]], copier
    assert copier["securityContext"]["runAsUser"] == 65532, "the image has no user with a name"


def check_type(value, schema, definitions, at):
    """Holds JSON to a Swagger schema, in which no other member than its own is allowed."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        if name != "runtimeRawExtension":  # any JSON
            check_type(value, definitions[name], definitions, at)
        return
    expected = {"object": dict, "string": str, "boolean": bool, "array": list}[schema["type"]]
    assert isinstance(value, expected), f"{at}: {value!r} is no {schema['type']}"
    if expected is dict:
        for key, member in value.items():
            known = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            assert known, f"{at}.{key}: unknown"
            check_type(member, known, definitions, f"{at}.{key}")
    elif expected is list:
        for member in value:
            check_type(member, schema["items"], definitions, at + "[]")
