# SPDX-License-Identifier: Apache-2.0
"""Copies of the tree, and the packages that are made in them."""
import os
import pathlib
import shutil
import subprocess

NAME = "eks-aws-auth-plugin"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "build/static"
# The architectures' names in packages and images, and in the static build.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def copy_tree(source, target, mask, seconds):
    """The tree and the programs, as a person with another umask would have them who came at another time."""
    def leave_out(folder, names):
        return {"build", ".git"} & set(names) if pathlib.Path(folder) == source else {"__pycache__"} & set(names)
    shutil.copytree(source, target, ignore=leave_out)
    (target / "build/static").mkdir(parents=True)
    for built in ARCHITECTURES.values():
        shutil.copy(STATIC / f"{NAME}-linux-{built}", target / "build/static")
    for name in "openssl", "libyaml", "toolchain":
        (target / "build/static" / name).symlink_to(STATIC / name)
    for path in [*target.rglob("*"), target]:
        if not path.is_symlink():
            path.chmod((0o777 if path.is_dir() or path.stat().st_mode & 0o100 else 0o666) & ~mask)
            os.utime(path, (seconds, seconds))
    identity = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    for part in "AUTHOR", "COMMITTER":
        identity |= {f"GIT_{part}_NAME": "a", f"GIT_{part}_EMAIL": "a@b.example", f"GIT_{part}_DATE": "2026-01-02T03:04:05Z"}
    for arguments in ["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=all"], \
            ["remote", "add", "origin", "https://me:hush-word@git.example:8443/fleet/plugin.git"]:
        run("git", *arguments, cwd=target, env=identity)


def files_below(folder):
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if not path.is_dir()}


def make(tree, temporary, mask=0o022, **env):
    """Makes the packages; nothing else may be in the tree or the folder for temporary files afterwards."""
    temporary.mkdir()
    before = set(files_below(tree))
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "TMPDIR": str(temporary), **env}
    run(tree / "tools/package.d/make.py", umask=mask, env=env)
    left = {path for path in set(files_below(tree)) ^ before if not path.startswith(("build/packages/", ".git/"))}
    assert not left and not list(temporary.iterdir()), left
    return tree / "build/packages"
