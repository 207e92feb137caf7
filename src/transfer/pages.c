/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and their pages. A file has one page, several one after the other, or an array of them; a
 * page is what one call of GetAccountAuthorizationDetails answers, or what the AWS CLI makes of
 * all.
 */
#include "transfer/transfer_int.h"

/* LIMIT: a document has 16 levels, and is in the version of a policy of a list of a page. */
#define MAX_DEPTH 32

struct page {
    const char *base;
    const struct iam_json *tree;
    bool is_truncated; /* another one must follow */
};

struct pages {
    struct page *items;
    size_t count;
    size_t room;
};

/* ---- the list of pages ---- */

static void add_page(struct iam_transfer *t, struct pages *pages, const char *base,
                     const struct iam_json *tree)
{
    if (pages->count == IAM_TRANSFER_MAX_PAGES) {
        transfer_tell(t, IAM_TRANSFER_ERROR, base + tree->offset, "there are more than %u pages",
                      IAM_TRANSFER_MAX_PAGES);
        return;
    }
    if (pages->count == pages->room) {
        size_t room = 2 * pages->room + 16;
        struct page *items = iam_arena_zalloc(t->arena, room, sizeof(*items));
        if (items == NULL) {
            transfer_fail(t, IAM_NOMEM);
            return;
        }
        if (pages->count > 0) {
            memcpy(items, pages->items, pages->count * sizeof(*items));
        }
        pages->items = items;
        pages->room = room;
    }
    pages->items[pages->count++] = (struct page){ .base = base, .tree = tree };
}

/* Returns the end of the string that begins at start. */
static size_t string_end(struct iam_str text, size_t start)
{
    size_t i = start + 1;
    while (i < text.len && text.p[i] != '"') {
        i += text.p[i] == '\\' ? 2 : 1;
    }
    return i < text.len ? i + 1 : text.len;
}

/* Returns where the object or array ends that begins at start; the end of the text when nowhere. */
static size_t value_end(struct iam_str text, size_t start)
{
    size_t depth = 0;
    for (size_t i = start; i < text.len;) {
        char c = text.p[i];
        if (c == '"') {
            i = string_end(text, i);
            continue;
        }
        i++;
        depth += c == '{' || c == '[';
        if ((c == '}' || c == ']') && --depth == 0) {
            return i;
        }
        if (depth == 0) {
            return text.len;
        }
    }
    return text.len;
}

static size_t skip_space(struct iam_str text, size_t at)
{
    while (at < text.len &&
           (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '\r' || text.p[at] == '\n')) {
        at++;
    }
    return at;
}

/* Reads one value, of which an array is pages. False when it cannot be read: the rest is not. */
static bool read_value(struct iam_transfer *t, struct iam_str text, struct pages *pages)
{
    static const struct iam_json_limits limits = { IAM_TRANSFER_MAX_BYTES, MAX_DEPTH,
                                                   IAM_TRANSFER_MAX_NODES };
    struct iam_diag diag = { 0 };
    const struct iam_json *tree;
    enum iam_status st = iam_json_read(t->arena, text, &limits, &tree, &diag);
    if (st == IAM_SYNTAX || st == IAM_LIMIT) {
        transfer_tell(t, IAM_TRANSFER_ERROR, text.p + diag.offset, "%s", diag.message);
    } else if (st != IAM_OK) {
        transfer_fail(t, st);
    }
    if (st != IAM_OK) {
        return false;
    }
    if (tree->type != IAM_JSON_ARRAY) {
        add_page(t, pages, text.p, tree);
        return true;
    }
    for (const struct iam_json *item = tree->first; item != NULL; item = item->next) {
        add_page(t, pages, text.p, item);
    }
    return true;
}

static void read_file(struct iam_transfer *t, const struct iam_transfer_file *file,
                      struct pages *pages)
{
    size_t at = skip_space(file->text, 0);
    if (at == file->text.len) {
        transfer_tell(t, IAM_TRANSFER_ERROR, file->text.p, "the file is empty");
    }
    while (at < file->text.len && t->status == IAM_OK) {
        size_t end = value_end(file->text, at);
        if (!read_value(t, iam_str_sub(file->text, at, end - at), pages)) {
            return;
        }
        at = skip_space(file->text, end);
    }
}

/* ---- what is in a page ---- */

static const struct {
    struct iam_str name;
    moved_member_fn *read;
} lists[MOVED_LISTS] = {
    [MOVED_USERS] = {IAM_STR_INIT("UserDetailList"),   moved_user  },
    [MOVED_GROUPS] = { IAM_STR_INIT("GroupDetailList"), moved_group },
    [MOVED_ROLES] = { IAM_STR_INIT("RoleDetailList"),  moved_role  },
    [MOVED_POLICIES] = { IAM_STR_INIT("Policies"),        moved_policy},
};

static void read_is_truncated(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_bool(t, node, &((struct page *)out)->is_truncated);
}

static void read_next_token(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    (void)t;
    ((struct page *)out)->is_truncated = node->type != IAM_JSON_NULL;
}

/* Looks at the members of a page, whose lists are read later. */
static void look_at_page(struct iam_transfer *t, struct page *page)
{
    static const struct moved_member members[] = {
        {IAM_STR_INIT("UserDetailList"),    NULL,              false},
        { IAM_STR_INIT("GroupDetailList"),  NULL,              false},
        { IAM_STR_INIT("RoleDetailList"),   NULL,              false},
        { IAM_STR_INIT("Policies"),         NULL,              false},
        { IAM_STR_INIT("Marker"),           NULL,              false},
        { IAM_STR_INIT("ResponseMetadata"), NULL,              false},
        { IAM_STR_INIT("NextToken"),        read_next_token,   false},
        { IAM_STR_INIT("IsTruncated"),      read_is_truncated, false},
    };
    size_t found = 0;
    t->base = page->base;
    moved_object(t, page->tree, "a page", members, IAM_COUNT(members), page);
    for (size_t i = 0; i < MOVED_LISTS; i++) {
        const struct iam_json *list = iam_json_member(page->tree, lists[i].name);
        t->lists[i].room += list != NULL ? list->child_count : 0;
        found += list != NULL;
    }
    if (found == 0) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, page->tree),
                      "this is no answer of GetAccountAuthorizationDetails: it has no list");
    }
}

/* Reads one of the lists of a page after what its pages before have. */
static void read_list(struct iam_transfer *t, const struct page *page, size_t i)
{
    const struct iam_json *node = iam_json_member(page->tree, lists[i].name);
    struct moved_list *list = &t->lists[i];
    void *items = NULL;
    size_t count = 0;
    if (node == NULL) {
        return;
    }
    t->base = page->base;
    moved_array(t, node, sizeof(struct moved), lists[i].read, &items, &count);
    if (count > 0) {
        memcpy(&list->items[list->count], items, count * sizeof(struct moved));
        list->count += count;
    }
}

static void read_lists(struct iam_transfer *t, const struct pages *pages)
{
    for (size_t i = 0; i < MOVED_LISTS; i++) {
        struct moved_list *list = &t->lists[i];
        list->items = iam_arena_zalloc(t->arena, list->room + 1, sizeof(*list->items));
        if (list->items == NULL) {
            transfer_fail(t, IAM_NOMEM);
            return;
        }
        for (size_t p = 0; p < pages->count && t->status == IAM_OK; p++) {
            read_list(t, &pages->items[p], i);
        }
    }
}

void transfer_read_pages(struct iam_transfer *t)
{
    struct pages pages = { 0 };
    size_t bytes = 0;
    for (size_t i = 0; i < t->file_count; i++) {
        bytes += t->files[i].text.len;
    }
    if (bytes > IAM_TRANSFER_MAX_BYTES) {
        transfer_tell(t, IAM_TRANSFER_ERROR, NULL, "the files have more than %zu MiB together",
                      IAM_TRANSFER_MAX_BYTES >> 20);
        return;
    }
    for (size_t i = 0; i < t->file_count && t->status == IAM_OK; i++) {
        read_file(t, &t->files[i], &pages);
    }
    for (size_t i = 0; i < pages.count; i++) {
        look_at_page(t, &pages.items[i]);
    }
    if (pages.count > 0 && pages.items[pages.count - 1].is_truncated) {
        const struct page *last = &pages.items[pages.count - 1];
        transfer_tell(t, IAM_TRANSFER_ERROR, last->base + last->tree->offset,
                      "this page is the last one, and says that another follows");
    }
    if (t->found[IAM_TRANSFER_ERROR] == 0 && t->status == IAM_OK) {
        read_lists(t, &pages);
    }
}
