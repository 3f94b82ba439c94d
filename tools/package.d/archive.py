# SPDX-License-Identifier: Apache-2.0
"""Archives whose bytes depend on nothing but their content: paths to (mode, bytes), and a date for all of them."""
import io
import pathlib
import tarfile
import zlib


def tar(content, date):
    """Sorted, owned by 0:0, each folder before what is in it."""
    folders = {str(folder) for path in content for folder in pathlib.PurePath(path).parents if folder.name}
    entries = {**dict.fromkeys(folders, (0o755, None)), **content}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, (mode, data) in sorted(entries.items()):
            entry = tarfile.TarInfo(path)
            entry.mode, entry.mtime = mode, int(date.timestamp())
            if data is None:
                entry.type = tarfile.DIRTYPE
            else:
                entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data or b""))
    return out.getvalue()


def gzip(data):
    """As by `gzip -9n`: the header has no name and no time."""
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(data) + packer.flush()
