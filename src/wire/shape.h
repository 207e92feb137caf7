/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors of the API's types: const data that tools/apigen.py writes from api/ and that the
 * decoders, the validator and the encoders walk. A C struct generated from a structure shape holds,
 * at each member's offset, the C type listed below for the member's kind.
 */
#pragma once

#include "base/arena.h"
#include "codec/json.h"

enum api_kind {
    API_STRING,    /* struct iam_str; absent: p == NULL */
    API_BLOB,      /* struct iam_str of decoded bytes */
    API_BOOLEAN,   /* struct api_opt_bool */
    API_INTEGER,   /* struct api_opt_int; int32 and int64 */
    API_DOUBLE,    /* struct api_opt_double */
    API_TIMESTAMP, /* struct api_opt_time */
    API_STRUCTURE, /* pointer to the generated struct, NULL when absent */
    API_UNION,     /* as API_STRUCTURE, exactly one member set */
    API_LIST,      /* struct api_list, or the generated type with the same layout */
    API_MAP,       /* struct api_list of generated { struct iam_str key; VALUE value; } */
    API_DOCUMENT   /* const struct iam_json *: any JSON object, REST-JSON only */
};

struct api_opt_bool {
    bool is_set;
    bool value;
};

struct api_opt_int {
    bool is_set;
    int64_t value;
};

struct api_opt_double {
    bool is_set;
    double value;
};

struct api_opt_time {
    bool is_set;
    int64_t ms;
    bool is_exact; /* the Query protocol shows the milliseconds, which it leaves out otherwise */
};

/* Layout shared by all generated list and map types. */
struct api_list {
    void *items;
    size_t count;
    bool is_set;
};

struct api_member;

/*
 * A type with its constraints. min and max limit the code points of a string, the bytes of a blob,
 * the items of a list or map, or the value of a number.
 */
struct api_shape {
    const char *name; /* as in api/, for documentation */
    enum api_kind kind;
    uint32_t c_size; /* sizeof the type named above; of the struct itself for records */
    bool has_min;
    bool has_max;
    int64_t min;
    int64_t max;
    const char *pattern;    /* whole-string regular expression in Java's syntax, or NULL */
    uint16_t pattern_index; /* into api_patterns */
    const char *message; /* used when the pattern does not match, "{member}" is the name; or NULL */
    bool is_sensitive;   /* never logged, never echoed in an error */
    bool is_flattened;   /* Query: list items are Name.N, not Name.member.N */
    bool is_open;        /* JSON: unknown members are ignored, not refused */
    bool is_dense;       /* list: its constraint text says that no item may be null */
    const struct iam_str *enum_values; /* or NULL */
    size_t enum_count;
    const struct api_member *members; /* structure, union; in the order of api/ */
    size_t member_count;
    const uint8_t *check_order; /* indexes of all members as violations are told; NULL: in order */
    const struct api_shape *item;                      /* list item, map value */
    const struct api_shape *key;                       /* map key */
    enum { API_TIME_ISO, API_TIME_EPOCH } time_format; /* on the wire of its service, for output */
};

enum api_location { API_IN_BODY, API_IN_URI, API_IN_QUERY, API_IN_HEADER };

struct api_member {
    struct iam_str name;          /* on the wire: "UserName" */
    struct iam_str error_name;    /* in validation messages: "userName" */
    struct iam_str location_name; /* REST-JSON: name in path, query string or header */
    const struct api_shape *shape;
    uint32_t offset; /* in the C struct */
    bool is_required;
    enum api_location location;
};

/* The patterns of all shapes in PCRE2's syntax, generated. */
extern const char *const api_patterns[];
extern const size_t api_pattern_count;
