/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of SAML providers from arbitrary bytes. Laws: what is taken keeps the bounds and has no
 * more providers than the limit; a byte that is cut off at its end leaves no
 * document that says more; reading again says the same.
 */
#include <stdlib.h>

#include "authn/saml_metadata.h"
#include "authn/xml_bounds.h"
#include "base/heap.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum iam_status read_once(struct iam_str document, size_t *ret)
{
    struct iam_arena arena;
    struct iam_saml_idps idps;

    iam_arena_init(&arena, iam_heap(), 1 << 20);
    enum iam_status st = iam_saml_metadata_read(&arena, document, &idps);
    for (size_t i = 0; st == IAM_OK && i < idps.count; i++) {
        ENSURE(idps.items[i].entity_id.len > 0);
        ENSURE(idps.items[i].certificate_count <= IAM_SAML_KEYS_MAX);
    }
    iam_arena_done(&arena);
    if (st == IAM_OK) {
        *ret = idps.count;
    }
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str document = { (const char *)data, size };
    size_t idps = 0;
    size_t again = 0;
    enum iam_status st = read_once(document, &idps);

    ENSURE(st == IAM_OK || st == IAM_SYNTAX || st == IAM_LIMIT || st == IAM_NOMEM);
    if (st == IAM_OK) {
        ENSURE(iam_xml_check_bounds(document) == IAM_OK);
        ENSURE(idps <= IAM_SAML_IDPS_MAX);
        ENSURE(read_once(document, &again) == IAM_OK && again == idps);
        document.len--;
        ENSURE(read_once(document, &again) != IAM_OK || again == idps);
    }
    return 0;
}
