#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What libiam asks of the rest of the program: memory and string functions, nothing that reads a
# file, a socket or a clock, allocates or prints. And what it offers: what libiam.map lists.
# Arguments: nm, the archive, the shared library, the version script.
set -eu
nm=$1
archive=$2
shared=$3
map=$4

wanted='bcmp memchr memcmp memcpy memmem memmove memset strlen'
# From the compiler: stack protector, sanitizers, coverage.
compiler='^(__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|sanitizer|sancov|gcov|llvm)_.*|__(start|stop)___sancov_.*|__mem(cpy|set|move)_chk)$'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$nm" -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort -u >"$work/defined"
"$nm" -g --undefined-only "$archive" | awk 'NF == 2 { print $2 }' | sort -u >"$work/undefined"
comm -13 "$work/defined" "$work/undefined" | grep -Ev "$compiler" >"$work/needs" || true
printf '%s\n' $wanted | sort -u >"$work/wanted"
extra=$(comm -23 "$work/needs" "$work/wanted")
if [ -n "$extra" ]; then
    echo "libiam.a needs:" $extra
    exit 1
fi
test -s "$work/defined"

sed -n 's/^ *\(iam_[a-z_]*\);$/\1/p' "$map" | sort -u >"$work/listed"
"$nm" -D --defined-only "$shared" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/exported"
if ! cmp -s "$work/listed" "$work/exported"; then
    echo "libiam.so exports other symbols than libiam.map lists:"
    diff "$work/listed" "$work/exported"
    exit 1
fi
echo "libiam needs: $(tr '\n' ' ' <"$work/needs")"
