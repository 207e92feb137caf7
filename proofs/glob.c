/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matcher's proof: short names for what its annotations say, and lemmas as ghost functions,
 * whose contracts are proved like those of any function.
 */
#include "glob.h"

#include "decide/glob.h"

/*@ // The pattern from i on matches the text from j on.
    predicate match{L}(struct iam_glob g, struct iam_str t, integer i, integer j) =
      matches(g.text.p, g.text.len, g.many, g.one, t.p, t.len, i, j);

    // The pattern from i on matches the text from j or some later position on.
    predicate later{L}(struct iam_glob g, struct iam_str t, integer i, integer j) =
      \exists integer k; j <= k <= t.len && match(g, t, i, k);

    predicate no_many{L}(struct iam_glob g, integer from, integer to) =
      no_byte(g.text.p, from, to, g.many);

    predicate no_one{L}(struct iam_glob g, integer from, integer to) =
      no_byte(g.text.p, from, to, g.one);

    // The bytes [from, to) of the pattern are those of the text at j.
    predicate literal_at{L}(struct iam_glob g, struct iam_str t, integer from, integer to,
                            integer j) =
      j + (to - from) <= t.len && same_bytes(t.p + j, g.text.p + from, to - from);
*/

/*@ ghost
    // An any-run wildcard takes up whatever lies before a later match of the rest.
    /@ requires i < g.text.len && g.text.p[i] == g.many;
       terminates \true;
       assigns \nothing;
       ensures match(g, t, i, j) <==> later(g, t, i + 1, j);
       ensures match(g, t, i, j) <==> later(g, t, i, j); @/
    void many_step(struct iam_glob g, struct iam_str t, size_t i, size_t j)
    {
    }

    /@ requires i < g.text.len && g.text.p[i] == g.one && g.one != g.many;
       requires j < t.len && unit_len(t.p, t.len, j) > 0;
       terminates \true;
       assigns \nothing;
       ensures later(g, t, i, j) ==> later(g, t, i + 1, j + unit_len(t.p, t.len, j)); @/
    void one_step(struct iam_glob g, struct iam_str t, size_t i, size_t j)
    {
    }

    /@ requires i < g.text.len && g.text.p[i] != g.one && g.text.p[i] != g.many;
       terminates \true;
       assigns \nothing;
       ensures later(g, t, i, j) ==> later(g, t, i + 1, j + 1); @/
    void byte_step(struct iam_glob g, struct iam_str t, size_t i, size_t j)
    {
    }

    /@ requires from <= to <= g.text.len && no_many(g, from, to) && no_one(g, from, to);
       terminates \true;
       assigns \nothing;
       ensures \forall integer j; 0 <= j <= t.len ==>
           (match(g, t, from, j) <==>
            literal_at(g, t, from, to, j) && match(g, t, to, j + (to - from))); @/
    void literal_run(struct iam_glob g, struct iam_str t, size_t from, size_t to)
    {
        size_t y = 0;
        /@ loop invariant 0 <= y <= to - from;
           loop invariant \forall integer j; 0 <= j <= t.len ==>
               (match(g, t, from, j) <==>
                literal_at(g, t, from, from + y, j) && match(g, t, from + y, j + y));
           loop assigns y;
           loop variant (to - from) - y; @/
        while (y < to - from) {
            /@ assert g.text.p[from + y] != g.many && g.text.p[from + y] != g.one; @/
            /@ assert \forall integer j; 0 <= j <= t.len ==>
                   (match(g, t, from + y, j + y) <==>
                    j + y < t.len && t.p[j + y] == g.text.p[from + y] &&
                    match(g, t, from + y + 1, j + y + 1)); @/
            /@ assert \forall integer j; 0 <= j <= t.len ==>
                   (same_byte(t.p + j, g.text.p + from, y) <==>
                    t.p[j + y] == g.text.p[from + y]); @/
            /@ assert \forall integer j; 0 <= j <= t.len ==>
                   (same_bytes(t.p + j, g.text.p + from, y + 1) <==>
                    same_bytes(t.p + j, g.text.p + from, y) &&
                    same_byte(t.p + j, g.text.p + from, y)); @/
            /@ assert \forall integer j; 0 <= j <= t.len ==>
                   (literal_at(g, t, from, from + y + 1, j) <==>
                    literal_at(g, t, from, from + y, j) && j + y < t.len &&
                    t.p[j + y] == g.text.p[from + y]); @/
            y++;
        }
        /@ assert from + y == to; @/
    }
*/

#include "../src/decide/glob.c"
