#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The seeds of the fuzz targets: one archive for each target, tests/fuzz/corpus/NAME.tar.gz.

    tools/corpus.py unpack ARCHIVE DIRECTORY    what the build does; DIRECTORY is replaced
    tools/corpus.py add NAME FILE...            puts inputs into a corpus, under their file names
    tools/corpus.py remove NAME INPUT...        takes inputs out of it
    tools/corpus.py list NAME                   prints the names of its inputs

The same inputs make the same bytes: names are sorted, times, owners and modes are fixed.
"""

import gzip
import io
import pathlib
import re
import shutil
import sys
import tarfile

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "tests/fuzz/corpus"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
MAX_INPUTS = 10000
MAX_INPUT_BYTES = 1 << 20


def read(archive):
    """name -> bytes, of an archive that holds plain files at its top and nothing else."""
    inputs = {}
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            if not member.isreg() or not NAME.fullmatch(member.name) or \
                    member.size > MAX_INPUT_BYTES or len(inputs) >= MAX_INPUTS:
                raise ValueError("%s: %s is not an input" % (archive, member.name))
            inputs[member.name] = tar.extractfile(member).read()
    if not inputs:
        raise ValueError("%s holds no input" % archive)
    return inputs


def pack(inputs):
    """The bytes of an archive of these inputs."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(inputs):
            member = tarfile.TarInfo(name)
            member.size = len(inputs[name])
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(inputs[name]))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(plain.getvalue())
    return packed.getvalue()


def unpack(archive, directory):
    """Writes the inputs into a directory that holds nothing else afterwards."""
    inputs = read(archive)
    target = pathlib.Path(directory)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, data in inputs.items():
        (target / name).write_bytes(data)


def archive_of(name):
    return CORPUS / (name + ".tar.gz")


def add(name, *paths):
    """Starts the corpus when there is none. A name that is taken by other bytes is an error."""
    inputs = read(archive_of(name)) if archive_of(name).exists() else {}
    for path in map(pathlib.Path, paths):
        data = path.read_bytes()
        if not NAME.fullmatch(path.name) or len(data) > MAX_INPUT_BYTES:
            raise ValueError("%s cannot be an input" % path)
        if inputs.setdefault(path.name, data) != data:
            raise ValueError("%s has another input named %s" % (name, path.name))
    archive_of(name).write_bytes(pack(inputs))


def remove(name, *names):
    inputs = read(archive_of(name))
    for one in names:
        del inputs[one]
    archive_of(name).write_bytes(pack(inputs))


def show(name):
    for one, data in sorted(read(archive_of(name)).items()):
        print("%8d %s" % (len(data), one))


COMMANDS = {"unpack": (unpack, 2, 2), "add": (add, 2, None), "remove": (remove, 2, None),
            "list": (show, 1, 1)}


def main():
    command, fewest, most = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0, 0))
    words = sys.argv[2:]
    if command is None or len(words) < fewest or (most is not None and len(words) > most):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        command(*words)
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        print("corpus.py: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
