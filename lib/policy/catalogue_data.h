/* The tables that script/generate-action-catalogue writes. Only catalogue.c reads them. */
#ifndef SK_POLICY_CATALOGUE_DATA_H
#define SK_POLICY_CATALOGUE_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "policy/catalogue.h"

struct sk_catalogue_service {
    const char *prefix;
    const char *title;
    uint16_t first_action, action_count; /* no actions: only the prefix is known */
    uint16_t first_resource, resource_count;
};

struct sk_catalogue_action {
    const char *name; /* "sagemaker:CreateApp" */
    uint16_t service;
    uint16_t access;
    uint16_t first_resource, resource_count; /* in sk_catalogue_resource_lists */
    uint16_t first_key, key_count;           /* in sk_catalogue_key_lists */
};

struct sk_catalogue_resource {
    const char *name;
    const char *arn; /* '*' for what varies */
    uint16_t first_key, key_count;
};

struct sk_catalogue_key {
    const char *name; /* '*' for what varies */
    const char *type;
};

/* A number of sk_catalogue_resource_lists: the position, and whether the resource is required. */
#define SK_CATALOGUE_REQUIRED 0x8000U

#define SK_CATALOGUE_SLOTS 16384U
#define SK_CATALOGUE_EMPTY 0xffffU

extern const char sk_catalogue_source[];
extern const struct sk_catalogue_service sk_catalogue_services[];
extern const size_t sk_catalogue_service_count;
extern const struct sk_catalogue_action sk_catalogue_actions[];
extern const size_t sk_catalogue_action_count;
extern const struct sk_catalogue_resource sk_catalogue_resources[];
extern const size_t sk_catalogue_resource_count;
extern const struct sk_catalogue_key sk_catalogue_keys[]; /* the global keys come first */
extern const size_t sk_catalogue_key_count;
extern const size_t sk_catalogue_global_key_count;
extern const uint16_t sk_catalogue_key_lists[];
extern const uint16_t sk_catalogue_resource_lists[];
extern const char *const sk_catalogue_tag_aliases[]; /* "sagemaker:resourcetag/", sorted */
extern const size_t sk_catalogue_tag_alias_count;
extern const uint16_t sk_catalogue_slots[]; /* open addressing over FNV-1a of the lower-case name */

#endif
