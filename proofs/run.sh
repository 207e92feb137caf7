#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proves the cursor, the wildcard matcher and the slice functions under them with Frama-C/WP.
# usage: proofs/run.sh [base|cur|glob]...
# The last line is "N goals proved, M not". Exit status: 0 all proved, 1 not, 77 no Frama-C here.
set -u
cd "$(dirname "$0")/.." || exit 1

for tool in frama-c why3 cvc4; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "there is no $tool: the proofs need frama-c-base, why3 and cvc4" \
             "(apt-get install --no-install-recommends frama-c-base why3 cvc4)"
        echo "no proof was run"
        exit 77
    fi
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# Which provers there are is Why3's to find out; a user's own settings do not matter.
WHY3CONFIG=$work/why3.conf
export WHY3CONFIG
why3 -C "$WHY3CONFIG" config detect >"$work/detect" 2>&1 || { cat "$work/detect"; exit 1; }
libc=$(frama-c -print-share-path)/libc
proved=0
missing=0

# prove NAME FUNCTION,... [OPTION]: every goal of the functions in proofs/NAME.c
prove() {
    echo "== $1: $2"
    started=$(date +%s)
    frama-c -no-frama-c-stdlib \
        -cpp-extra-args="-nostdinc -Iproofs/libc -I$libc -Iproofs -Iinclude -Isrc" \
        "proofs/$1.c" -machdep gcc_x86_64 -wp -wp-rte -warn-unsigned-overflow \
        -wp-fct "$2" -wp-prover cvc4 -wp-timeout 60 -wp-par 2 -wp-cache none \
        -wp-session "$work/session" ${3:-} >"$work/$1" 2>&1
    status=$?
    count=$(sed -n 's/^\[wp\] Proved goals: *\([0-9]*\) *\/ *\([0-9]*\).*/\1 \2/p' "$work/$1")
    if [ "$status" -ne 0 ] || [ -z "$count" ]; then
        tail -20 "$work/$1"
        missing=$((missing + 1))
        return
    fi
    grep -E '^\[wp\] \[.*Goal' "$work/$1" | grep -v ' : Valid'
    good=${count% *}
    all=${count#* }
    proved=$((proved + good))
    missing=$((missing + all - good))
    echo "   $good of $all goals ($(($(date +%s) - started)) s)"
}

[ $# -gt 0 ] || set -- base cur glob
for unit in "$@"; do
    case $unit in
    base)
        prove base iam_str_eq,iam_str_starts,iam_str_find,iam_str_sub,head,iam_str_absent,iam_ascii_is_digit
        ;;
    cur)
        prove cur iam_cur_of,iam_cur_at_end,iam_cur_left,iam_cur_rest,iam_cur_char,iam_cur_lit,iam_cur_take,iam_cur_until,iam_cur_digits
        ;;
    glob)
        prove glob byte_of,is_tail_byte,char_len,unit_len,is_literal,iam_match_cost,iam_glob_cost
        prove glob many_step,one_step,byte_step,literal_run
        prove glob match_run,find_run,match_at_end,iam_glob_match -wp-split
        ;;
    *)
        echo "usage: proofs/run.sh [base|cur|glob]..." >&2
        exit 2
        ;;
    esac
done

echo "$proved goals proved, $missing not"
[ "$missing" -eq 0 ] && [ "$proved" -gt 0 ]
