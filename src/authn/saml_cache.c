/* SPDX-License-Identifier: Apache-2.0 */
#include "authn/saml_int.h"
#include "base/ct.h"

bool saml_cache_find(struct saml_cache *c, const uint8_t hash[IAM_SHA256_BYTES], void *ctx)
{
    bool is_taken = false;
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->max && !is_taken; i++) {
        struct saml_kept *k = &c->items[i];
        if (k->value != NULL && iam_ct_equal(k->hash, hash, sizeof(k->hash)) &&
            c->take(k->value, ctx)) {
            k->used = ++c->clock;
            is_taken = true;
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    return is_taken;
}

void saml_cache_keep(struct saml_cache *c, const uint8_t hash[IAM_SHA256_BYTES], void *value)
{
    struct saml_kept *oldest = &c->items[0];
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 1; i < c->max; i++) {
        oldest = c->items[i].used < oldest->used ? &c->items[i] : oldest;
    }
    void *old = oldest->value;
    memcpy(oldest->hash, hash, sizeof(oldest->hash));
    oldest->value = value;
    oldest->used = ++c->clock;
    (void)pthread_mutex_unlock(&c->lock);
    if (old != NULL) {
        c->drop(old);
    }
}
