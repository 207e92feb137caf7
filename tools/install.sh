#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of packages.txt that are missing: tools/install.sh build|check
# With everything in place it touches neither the network nor the package manager.
set -eu

role=${1:?usage: tools/install.sh build|check}
list=$(dirname "$0")/packages.txt

missing=""
while read -r who package command; do
    case $who in
    '#'* | '') continue ;;
    build) ;;
    check) [ "$role" = check ] || continue ;;
    *) echo "packages.txt: unknown word '$who'" >&2; exit 1 ;;
    esac
    if [ -n "${command:-}" ] && command -v "$command" >/dev/null 2>&1; then
        continue
    fi
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done <"$list"

[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "missing packages:$missing" >&2
        echo "run as root, or install sudo, or: apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi

# $missing and $as_root are lists of words on purpose.
# shellcheck disable=SC2086
install_missing() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Use-Pty=0 $missing
}

echo "installing:$missing" >&2
known=yes
for package in $missing; do
    apt-cache show "$package" >/dev/null 2>&1 || known=no
done
# Stale lists may name versions that are gone: a failed install is tried once more with new ones.
if [ "$known" = no ] || ! install_missing >&2; then
    $as_root apt-get update -q >&2
    install_missing >&2
fi
