#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manifests of examples/deploy, against Kubernetes, Argo CD, Kueue, the ClusterProfile library and our own programs.

    manifests.py --controller PATH --plugin PATH --build DIR

No cluster is needed: kubectl renders them, and the types and loaders of those who read them decode them.
"""
import argparse
import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from rendered import (ARGO_CD, DEPLOY, PLUGIN, Missing, Tools, check_plugin, check_restricted, check_type, named, outputs, place, pod_of,
                      run)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.tap import Tap  # noqa: E402

IMAGE = "registry.example/eks-aws-auth-plugin:0.1.0"
COMMAND = "/plugin/bin/" + PLUGIN
ROLE = "eks.amazonaws.com/role-arn"
PROVIDER_FILE = DEPLOY / "provider-file" / "cp-creds.json"
PROFILES = DEPLOY.parent / "clusters"
EXEC = "client.authentication.k8s.io/exec"
CONTROLLER = "fleet-controller"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hush-deploy-secret-key"}
# What each program that runs the plugin is: its workload, container and service account.
ARGO_CD_PROGRAMS = [("StatefulSet", "argocd-application-controller"), ("Deployment", "argocd-server")]
KUEUE_MANAGER = "kueue-controller-manager"
# Of the repository argoproj-labs/clusterprofile-integration-for-argocd, artifacts/manifests: what the patch needs of it.
CLUSTERPROFILE_CONTROLLER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-clusterprofile-controller}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: argocd-clusterprofile-controller}}
  template:
    metadata: {labels: {app.kubernetes.io/name: argocd-clusterprofile-controller}}
    spec:
      containers:
      - {name: argocd-clusterprofile-controller, image: "example:1", args: [/manager], env: [{name: NAMESPACE, value: argocd}]}
"""
outputs.secret(KEYS["AWS_SECRET_ACCESS_KEY"])


def provider_of(file):
    [provider] = json.loads(file)["providers"]
    return provider


def check_provider_file(objects, pod, container, path):
    """A container finds the provider file at `path`, and it is the one of this repository."""
    (volume, key), writable = place(container, path)
    assert not writable
    [source] = [one for one in pod["volumes"] if one["name"] == volume]
    file = named(objects, "ConfigMap", source["configMap"]["name"])["data"][key]
    assert file == PROVIDER_FILE.read_text(), file


def check_exec(exec_config, variables):
    """An execConfig that reaches the plugin with what it needs. Lists of `env` and maps are both about."""
    assert exec_config["apiVersion"] == "client.authentication.k8s.io/v1" and exec_config["command"] == COMMAND, exec_config
    assert exec_config["provideClusterInfo"] is True, exec_config
    assert variables == {"AWS_EC2_METADATA_DISABLED": "true"}, variables


def variables(exec_config):
    return {variable["name"]: variable["value"] for variable in exec_config["env"]}


def extension_of(profile):
    [access] = profile["status"]["accessProviders"]
    [extension] = [one["extension"] for one in access["cluster"]["extensions"] if one["name"] == EXEC]
    return access["cluster"]["server"], extension


def files(tap, tools):
    with tap.case("each manifest is of a published type, strictly"):
        manifests = [path for path in sorted(DEPLOY.rglob("*.yaml")) if path.name != "kustomization.yaml"]
        assert len(manifests) > 10
        for path in manifests:
            assert path.read_text().startswith("# SPDX-License-Identifier: Apache-2.0\n"), path
            assert tools.decode("objects", text=path.read_text()), path
    with tap.case("the README names only what is there"):
        readme = (DEPLOY / "README.md").read_text()
        paths = re.findall(r"\]\(([^)]+)\)", readme)
        assert len(paths) > 8 and all((DEPLOY / path).exists() for path in paths if "://" not in path), paths
        assert IMAGE in readme


def controller(tap, tools):
    for folder, irsa, init in (("controller", False, False), ("controller-irsa", True, False), ("controller-init-container", False, True)):
        with tap.case(f"{folder}: plugin, provider file and rights"):
            objects = tools.decode("objects", text=run(tools.kubectl, "kustomize", DEPLOY / folder))
            pod = pod_of(objects, "Deployment", CONTROLLER)
            check_restricted(pod)
            check_plugin(pod, "controller", COMMAND, IMAGE, init)
            [container] = pod["containers"]
            [argument] = container["args"]
            check_provider_file(objects, pod, container, argument.removeprefix("--clusterprofile-provider-file="))
            account = named(objects, "ServiceAccount", pod["serviceAccountName"])
            assert bool(account["metadata"].get("annotations")) is irsa, account
            if irsa:
                assert re.fullmatch(r"arn:aws:iam::\d{12}:role/\w+", account["metadata"]["annotations"][ROLE]), account
            [subject] = named(objects, "RoleBinding", CONTROLLER)["subjects"]
            assert (subject["name"], subject["namespace"]) == (pod["serviceAccountName"], "fleet"), subject
            assert all(one["metadata"].get("namespace") == "fleet" for one in objects if one["kind"] != "Namespace")
    with tap.case("the image is replaced in one place, in volumes and init containers"):
        images = [{"name": IMAGE.partition(":")[0], "newName": "mirror.example/plugin", "newTag": "2"}]
        for components in ([], ["init-container"]):
            objects = tools.render(DEPLOY / "controller", *components, images=images)
            check_plugin(pod_of(objects, "Deployment", CONTROLLER), "controller", COMMAND, "mirror.example/plugin:2", bool(components))


def whoami(tap, tools):
    with tap.case("whoami: kubectl reads its kubeconfig, which is the controller's access"):
        config, pod = tools.decode("objects", text=(DEPLOY / "whoami.yaml").read_text())
        own = pod_of(tools.render(DEPLOY / "controller"), "Deployment", CONTROLLER)
        assert {key: pod["spec"][key] for key in ("serviceAccountName", "securityContext")} == {
            key: own[key] for key in ("serviceAccountName", "securityContext")}
        check_restricted(pod["spec"])
        check_plugin(pod["spec"], "kubectl", COMMAND, IMAGE, False)
        [container] = pod["spec"]["containers"]
        (volume, key), _ = place(container, container["command"][-1].removeprefix("--kubeconfig="))
        assert volume == config["metadata"]["name"], volume
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "kubeconfig")
            path.write_text(config["data"][key])
            read = json.loads(run(tools.kubectl, "config", "view", "--raw", "--output=json", "--kubeconfig", path))
        [cluster], [user] = read["clusters"], read["users"]
        [context] = read["contexts"]
        assert read["current-context"] == context["name"] and context["context"] == {"cluster": cluster["name"], "user": user["name"]}
        check_exec(user["user"]["exec"], variables(user["user"]["exec"]))
        [extension] = cluster["cluster"]["extensions"]
        assert extension["name"] == EXEC
        assert (cluster["cluster"]["server"], extension["extension"]) == extension_of(json.loads((PROFILES / "oregon.json").read_text()))


def provider_file(tap, tools, options):
    with tap.case("the provider file: a controller runs the plugin that was installed where the file says"):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "bin").mkdir()
            run(options.plugin, "--install", folder / "bin" / PLUGIN, env={})
            text = PROVIDER_FILE.read_text()
            assert text.count('"/plugin/') == 1
            (folder / "cp-creds.json").write_text(text.replace('"/plugin/', f'"{folder}/'))
            done = subprocess.run([options.controller, "--provider-file", folder / "cp-creds.json", "--profiles", PROFILES],
                                  env={"PATH": "/usr/bin:/bin", "HOME": name, **KEYS}, capture_output=True, text=True, timeout=120)
            outputs.said(done.stdout, done.stderr)
            assert (done.returncode, done.stderr) == (0, ""), done
            assert done.stdout.count("\n") == 1 + len(list(PROFILES.iterdir())) and "error" not in done.stdout, done.stdout
    with tap.case("the provider file, Kueue's configuration and the samples give the ClusterProfile library the same access"):
        exec_config = provider_of(PROVIDER_FILE.read_text())["execConfig"]
        check_exec(exec_config, variables(exec_config))
        [provider] = tools.decode("kueue", DEPLOY / "kueue" / "controller_manager_config.yaml")
        assert provider["name"] == provider_of(PROVIDER_FILE.read_text())["name"]
        assert {key: value for key, value in provider["execConfig"].items() if value is not None} == exec_config, provider
        for profile in sorted(PROFILES.iterdir()):
            made = tools.decode("access", PROVIDER_FILE, text=profile.read_text())
            assert (made["server"], made["config"]) == extension_of(json.loads(profile.read_text())), made
            check_exec(made["exec"], variables(made["exec"]))


def argo_cd(tap, tools):
    base = tools.argo_cd() / "manifests" / "base"
    plain = tools.render(base)
    for components in ([], ["irsa"], ["init-container"], ["irsa", "init-container"]):
        with tap.case(" ".join(["Argo CD's own manifests with argocd", *components])):
            objects = tools.render(base, "argocd", *components)
            touched = {(one["kind"], one["metadata"]["name"]) for one in objects if one not in plain}
            accounts = {("ServiceAccount", name) for _, name in ARGO_CD_PROGRAMS} if "irsa" in components else set()
            assert touched == set(ARGO_CD_PROGRAMS) | accounts, touched
            assert len(objects) == len(plain)
            for kind, name in ARGO_CD_PROGRAMS:
                pod = pod_of(objects, kind, name)
                check_restricted(pod)
                check_plugin(pod, name, COMMAND, IMAGE, "init-container" in components)
                account = named(objects, "ServiceAccount", pod["serviceAccountName"])
                assert (ROLE in account["metadata"].get("annotations", {})) is ("irsa" in components), account
    with tap.case("Argo CD: kubectl patch makes the same of the patches"):
        patched = tools.render(base, "argocd")
        for (kind, name), patch in zip(ARGO_CD_PROGRAMS, ("application-controller.yaml", "server.yaml")):
            whole = run(tools.kubectl, "patch", "--local", "--filename=-", "--type=strategic", "--patch-file", DEPLOY / "argocd" / patch,
                        "--output=yaml", text=json.dumps(named(plain, kind, name)))
            [made] = tools.decode("objects", text=whole)
            assert made["spec"] == named(patched, kind, name)["spec"], made
    with tap.case("Argo CD's cluster Secret: every field is one of Argo CD's, and the plugin gets its config"):
        [secret] = tools.decode("objects", text=(DEPLOY / "argocd" / "cluster-secret.yaml").read_text())
        assert secret["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster"}, secret
        assert set(secret["stringData"]) == {"name", "server", "config"}, secret
        config = json.loads(secret["stringData"]["config"])
        definitions = json.loads((tools.argo_cd() / "assets" / "swagger.json").read_text())["definitions"]
        check_type(config, definitions["v1alpha1ClusterConfig"], definitions, "config")
        check_exec(config["execProviderConfig"], config["execProviderConfig"]["env"])
        assert (secret["stringData"]["server"], config["execProviderConfig"]["config"]) == extension_of(
            json.loads((PROFILES / "oregon.json").read_text())), secret
        base64.b64decode(config["tlsClientConfig"]["caData"], validate=True)
    with tap.case("argocd-clusterprofiles: the controller of ClusterProfiles finds the provider file"):
        with tempfile.TemporaryDirectory(dir=tools.build) as folder:
            pathlib.Path(folder, "deployment.yaml").write_text(CLUSTERPROFILE_CONTROLLER)
            pathlib.Path(folder, "kustomization.yaml").write_text("resources: [deployment.yaml]\n")
            objects = tools.render(folder, "argocd-clusterprofiles")
        pod = pod_of(objects, "Deployment", "argocd-clusterprofile-controller")
        [container] = pod["containers"]
        assert container["image"] == "example:1" and container["args"] == ["/manager"] and len(container["env"]) == 2, container
        [path] = [one["value"] for one in container["env"]
                  if one["name"] == "ARGOCD_CLUSTERPROFILE_CONTROLLER_CLUSTERPROFILE_PROVIDER_FILE"]
        check_provider_file(objects, pod, container, path)


def kueue(tap, tools):
    base = tools.kueue / "config" / "default"
    plain = tools.render(base)
    for components in ([], ["irsa"], ["init-container"], ["irsa", "init-container"]):
        with tap.case(" ".join(["Kueue's own manifests with kueue", *components])):
            objects = tools.render(base, "kueue", *components)
            touched = {(one["kind"], one["metadata"]["name"]) for one in objects if one not in plain}
            assert touched == {("Deployment", KUEUE_MANAGER)} | ({("ServiceAccount", KUEUE_MANAGER)} if "irsa" in components else set())
            pod = pod_of(objects, "Deployment", KUEUE_MANAGER)
            assert pod["serviceAccountName"] == KUEUE_MANAGER
            check_restricted(pod)
            check_plugin(pod, "manager", COMMAND, IMAGE, "init-container" in components)
    with tap.case("Kueue: the configuration's place, and its right to read ClusterProfiles"):
        config = named(plain, "ConfigMap", "kueue-manager-config")
        assert "controller_manager_config.yaml" in config["data"], config["data"].keys()
        [rule] = named(plain, "Role", "kueue-manager-clusterprofiles-role")["rules"]
        assert rule["apiGroups"] == ["multicluster.x-k8s.io"] and rule["verbs"] == ["get", "list", "watch"], rule


def main():
    parser = argparse.ArgumentParser()
    for name in ("--controller", "--plugin", "--build"):
        parser.add_argument(name, type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    tap = Tap()
    try:
        tools = Tools(options.build)
    except Missing as why:
        tap.skip("the manifests", str(why))
        tap.done()
    files(tap, tools)
    controller(tap, tools)
    whoami(tap, tools)
    provider_file(tap, tools, options)
    kueue(tap, tools)
    try:
        argo_cd(tap, tools)
    except Missing as why:
        tap.skip(f"Argo CD: {ARGO_CD[0]}", str(why))
    tap.done()


if __name__ == "__main__":
    main()
