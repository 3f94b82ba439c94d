# SPDX-License-Identifier: Apache-2.0
"""The manual page and the completions, as the program itself prints them."""
import subprocess

import archive
from release import ARCHITECTURES, NAME, ROOT


def texts():
    """`man` and the shells' names to bytes, by the program for x86_64."""
    asked = {"man": ["man"], **{shell: ["completion", shell] for shell in ("bash", "zsh", "fish")}}
    return {name: said(*arguments) for name, arguments in asked.items()}


def said(*arguments):
    program = ROOT / f"build/static/{NAME}-linux-{ARCHITECTURES['amd64']}"
    done = subprocess.run([program, *arguments], env={}, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0 or not done.stdout:
        raise SystemExit(f"{program.name} {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def for_archive(printed):
    """Paths to (mode, bytes), in two folders."""
    paths = {"man": f"man/{NAME}.1", "bash": f"completions/{NAME}.bash", "zsh": f"completions/_{NAME}", "fish": f"completions/{NAME}.fish"}
    return {path: (0o644, printed[name]) for name, path in paths.items()}


def for_debian(printed):
    """The same where Debian's man and shells look."""
    return {
        f"usr/share/man/man1/{NAME}.1.gz": (0o644, archive.gzip(printed["man"])),
        f"usr/share/bash-completion/completions/{NAME}": (0o644, printed["bash"]),
        f"usr/share/zsh/vendor-completions/_{NAME}": (0o644, printed["zsh"]),
        f"usr/share/fish/vendor_completions.d/{NAME}.fish": (0o644, printed["fish"]),
    }
