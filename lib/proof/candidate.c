/* The values that a context key needs to take so that every class of requests is met: for each
 * operator family the texts, ends and neighbours that the policies' values split the key's values
 * at. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "policy/glob.h"
#include "policy/value.h"
#include "proof/search.h"

/* Subsets of at most so many values are gone through for keys that hold lists. */
#define MAX_LIST_VALUES 10
/* Values of one key that ends of numbers and the like are made of. */
#define MAX_VALUES      400

void sk_candidates_add(struct sk_candidates *candidates, const char *const *values, size_t count)
{
    struct sk_candidate added = {sk_xcalloc(count + 1, sizeof(char *)), count};
    for (size_t i = 0; i < count; i++)
        added.values[i] = sk_xstrdup(values[i]);
    if ((candidates->count & (candidates->count - 1)) == 0)
        candidates->items =
            sk_xrealloc(candidates->items, candidates->count ? candidates->count * 2 : 1,
                        sizeof(candidates->items[0]));
    candidates->items[candidates->count++] = added;
}

void sk_candidates_done(struct sk_candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        for (size_t j = 0; j < candidates->items[i].count; j++)
            free(candidates->items[i].values[j]);
        free(candidates->items[i].values);
    }
    free(candidates->items);
    *candidates = (struct sk_candidates){0};
}

/* ---- single values ---- */

/* All values that the policies compare the key with, by what they are. */
struct material {
    struct sk_word *words;
    size_t *groups; /* of each word: those of one group make the same difference */
    size_t word_count;
    size_t group; /* of words that are added */
    double *numbers;
    size_t number_count;
    double *dates;
    size_t date_count;
    struct sk_address *addresses;
    size_t address_count;
    char **others; /* binary values, as they are */
    size_t other_count;
    bool truth; /* Bool plays a part */
    bool arn;   /* ARN operators do */
};

static void material_done(struct material *material)
{
    for (size_t i = 0; i < material->word_count; i++)
        sk_word_done(&material->words[i]);
    for (size_t i = 0; i < material->other_count; i++)
        free(material->others[i]);
    free(material->words);
    free(material->groups);
    free(material->numbers);
    free(material->dates);
    free(material->addresses);
    free(material->others);
}

#define PUSH(array, count, value)                                                                  \
    do {                                                                                           \
        (array) = sk_xrealloc((array), (count) + 1, sizeof((array)[0]));                           \
        (array)[(count)++] = (value);                                                              \
    } while (0)

static void add_word(struct sk_search *search, struct material *material, const char *text,
                     unsigned flags)
{
    struct sk_word word;
    if (!sk_search_word(search, text, flags, &word))
        return;
    material->groups =
        sk_xrealloc(material->groups, material->word_count + 1, sizeof(material->groups[0]));
    material->groups[material->word_count] = material->group;
    PUSH(material->words, material->word_count, word);
}

static void add_value(struct sk_search *search, struct material *material,
                      enum sk_operator_family family, const char *text, bool variables)
{
    unsigned flags = variables ? SK_WORD_VARIABLES : 0;
    double number;
    struct sk_address address;
    switch (family) {
    case SK_OPERATOR_STRING:
        add_word(search, material, text, flags);
        return;
    case SK_OPERATOR_STRING_CASE:
        add_word(search, material, text, flags | SK_WORD_FOLD);
        return;
    case SK_OPERATOR_STRING_LIKE:
        add_word(search, material, text, flags | SK_WORD_WILDCARDS);
        return;
    case SK_OPERATOR_ARN:
        material->arn = true;
        add_word(search, material, text, flags | SK_WORD_WILDCARDS | SK_WORD_ARN);
        return;
    case SK_OPERATOR_NUMERIC:
        if (sk_value_number(text, &number))
            PUSH(material->numbers, material->number_count, number);
        return;
    case SK_OPERATOR_DATE:
        if (sk_value_date(text, &number))
            PUSH(material->dates, material->date_count, number);
        return;
    case SK_OPERATOR_IP:
        if (sk_value_address(text, &address))
            PUSH(material->addresses, material->address_count, address);
        return;
    case SK_OPERATOR_BINARY:
        PUSH(material->others, material->other_count, sk_xstrdup(text));
        return;
    case SK_OPERATOR_BOOL:
        material->truth = true;
        return;
    case SK_OPERATOR_NULL:
        return;
    }
}

/* What the statements in play compare `key` with. */
static void collect(struct sk_search *search, const char *key, struct material *material)
{
    for (size_t i = 0; i < search->statement_count; i++) {
        const struct sk_proof_statement *statement = search->statements[i].statement;
        sk_search_fill_for(search, &search->statements[i]);
        for (size_t j = 0; j < statement->condition_count; j++) {
            const struct sk_proof_condition *condition = &statement->conditions[j];
            if (!condition->known || strcmp(condition->key, key) != 0)
                continue;
            material->group++; /* whichever of its values is met, the condition is */
            for (size_t k = 0; k < sk_element_count(condition->values); k++) {
                sk_auto(sk_freep) char *text =
                    sk_element_scalar_text(sk_element_at(condition->values, k));
                if (text)
                    add_value(search, material, condition->operator_.family, text,
                              statement->variables &&
                                  sk_operator_has_variables(&condition->operator_));
            }
        }
    }
}

struct borrowing {
    struct sk_search *search;
    struct material *material;
    const char *variable;
    const struct sk_search_key *holder;
};

/* A key that others hold as "${key}" has to be able to be what those are compared with. */
static void borrow_from(void *context, const char *key, bool whole)
{
    struct borrowing *borrowing = context;
    if (!whole || strcmp(key, borrowing->variable) != 0)
        return;
    const struct sk_proof_given *given = borrowing->holder->given;
    borrowing->material->group++;
    for (size_t i = 0; given && i < given->count; i++)
        add_word(borrowing->search, borrowing->material, given->values[i], 0);
}

static void borrow(struct sk_search *search, const struct sk_search_key *key,
                   struct material *material)
{
    for (size_t h = 0; h < search->key_count; h++) {
        const struct sk_search_key *holder = &search->keys[h];
        struct borrowing borrowing = {search, material, key->name, holder};
        for (size_t i = 0; i < search->statement_count; i++) {
            const struct sk_proof_statement *statement = search->statements[i].statement;
            for (size_t j = 0; j < statement->condition_count; j++) {
                const struct sk_proof_condition *condition = &statement->conditions[j];
                if (strcmp(condition->key, holder->name) != 0)
                    continue;
                for (size_t k = 0; k < sk_element_count(condition->values); k++) {
                    const char *text = json_string_value(sk_element_at(condition->values, k));
                    if (text)
                        sk_variables_each(text, borrow_from, &borrowing);
                }
            }
        }
    }
}

static struct sk_word universe_of(const struct sk_search *search, const struct sk_search_key *key,
                                  const struct material *material)
{
    const char *type = sk_shelf_key_type(search->shelf, key->name);
    struct sk_word word = {0};
    if (material->arn || (type && strstr(type, "ARN"))) {
        for (int part = 0; part < 5; part++) {
            if (part == 0)
                sk_word_add_text(&word, "arn", 3, false);
            else
                sk_word_add(&word, SK_TOKEN_MANY_PART, 0);
            sk_word_add(&word, SK_TOKEN_BYTE, ':');
        }
    }
    if (key->is_list) /* see is_apart */
        sk_word_add(&word, SK_TOKEN_ONE, 0);
    sk_word_add(&word, SK_TOKEN_MANY, 0);
    return word;
}

/* Whether no class of longer texts is matched by the same patterns as the empty one. To the set
 * operators a list of one empty text is no list at all; among others it is a text like any. */
static bool is_apart(const struct sk_word_classes *classes, const struct material *material)
{
    for (size_t i = 0; i < classes->count; i++) {
        bool same = true;
        for (size_t j = 0; same && j < material->word_count; j++)
            same = sk_word_class_has(&classes->items[i], j) ==
                   sk_word_matches(&material->words[j], "", 0);
        if (same)
            return false;
    }
    return true;
}

/* Whether the texts of two classes are the same to each condition and to what is given. */
static bool is_same(const struct material *material, const struct sk_word_class *a,
                    const struct sk_word_class *b)
{
    bool in_a = false;
    bool in_b = false;
    for (size_t i = 0; i < material->word_count; i++) {
        in_a |= sk_word_class_has(a, i);
        in_b |= sk_word_class_has(b, i);
        bool last = i + 1 == material->word_count || material->groups[i + 1] != material->groups[i];
        if (last && in_a != in_b)
            return false;
        if (last)
            in_a = in_b = false;
    }
    return true;
}

static const struct sk_search_key *tag_key(const struct sk_search *search, const char *name);

/* Whether an earlier class stands for this one. Not where the text itself counts: as the value of a
 * variable, or as the name of a tag that the request carries. */
static bool is_stood_for(const struct sk_search *search, const struct sk_search_key *key,
                         const struct material *material, const struct sk_word_classes *classes,
                         size_t number)
{
    bool names = strcmp(key->name, "aws:tagkeys") == 0;
    if (key->is_variable || (names && tag_key(search, classes->items[number].example)))
        return false;
    for (size_t i = 0; i < number; i++) {
        if (is_same(material, &classes->items[i], &classes->items[number]) &&
            !(names && tag_key(search, classes->items[i].example)))
            return true;
    }
    return false;
}

/* The texts: one for each class that makes a difference. */
static void add_texts(struct sk_search *search, const struct sk_search_key *key,
                      const struct material *material, struct sk_candidates *out)
{
    struct sk_word universe = universe_of(search, key, material);
    const struct sk_word_classes *classes =
        sk_shelf_classes(search->shelf, &universe, material->words, material->word_count);
    for (size_t i = 0; i < classes->count; i++) {
        const char *text = classes->items[i].example;
        if (!is_stood_for(search, key, material, classes, i))
            sk_candidates_add(out, &text, 1);
    }
    static const char *const empty = "";
    if (key->is_list && !material->arn && is_apart(classes, material))
        sk_candidates_add(out, &empty, 1);
    out->whole &= classes->whole;
    sk_word_done(&universe);
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void add_number(struct sk_candidates *out, double number)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%.15g", number);
    const char *value = text;
    sk_candidates_add(out, &value, 1);
}

/* Each end, a number between two ends, one below and one above all. */
static void add_numbers(double *numbers, size_t count, struct sk_candidates *out)
{
    if (count == 0)
        return;
    qsort(numbers, count, sizeof(numbers[0]), compare_doubles);
    add_number(out, numbers[0] - 1);
    for (size_t i = 0; i < count; i++) {
        add_number(out, numbers[i]);
        if (i + 1 < count && numbers[i] < numbers[i + 1])
            add_number(out, numbers[i] + (numbers[i + 1] - numbers[i]) / 2);
    }
    add_number(out, numbers[count - 1] + 1);
}

static void add_address(const unsigned char *bytes, size_t size, struct sk_candidates *out)
{
    char text[64];
    if (size == 4) {
        (void)snprintf(text, sizeof(text), "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    } else {
        size_t at = 0;
        for (size_t i = 0; i < 16; i += 2)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%x", i > 0 ? ":" : "",
                                   bytes[i] << 8 | bytes[i + 1]);
    }
    const char *value = text;
    sk_candidates_add(out, &value, 1);
}

/* Adds or takes away one; false when that leaves the family's addresses. */
static bool neighbour(unsigned char *bytes, size_t size, bool up)
{
    for (size_t i = size; i-- > 0;) {
        if (bytes[i] != (up ? 0xff : 0)) {
            bytes[i] = (unsigned char)(bytes[i] + (up ? 1 : 0xff));
            return true;
        }
        bytes[i] = up ? 0 : 0xff;
    }
    return false;
}

/* The first and last address of each range and the ones beside it. Ranges are prefixes, so they
 * nest or lie apart, and every region between ends touches one of these. */
static void add_addresses(const struct material *material, struct sk_candidates *out)
{
    static const unsigned char elsewhere[2][16] = {{203, 0, 113, 77}, {0x20, 1, 0xd, 0xb8, 0xff}};
    if (material->address_count == 0)
        return;
    add_address(elsewhere[0], 4, out);
    add_address(elsewhere[1], 16, out);
    for (size_t i = 0; i < material->address_count; i++) {
        const struct sk_address *range = &material->addresses[i];
        for (int last = 0; last < 2; last++) {
            unsigned char end[16];
            memcpy(end, range->bytes, sizeof(end));
            for (unsigned bit = range->prefix; bit < range->size * 8U; bit++) {
                unsigned char mask = (unsigned char)(0x80U >> bit % 8);
                end[bit / 8] = (unsigned char)(last ? end[bit / 8] | mask : end[bit / 8] & ~mask);
            }
            add_address(end, range->size, out);
            if (neighbour(end, range->size, last))
                add_address(end, range->size, out);
        }
    }
}

static void add_truths(struct sk_candidates *out)
{
    static const char *const truths[] = {"true", "false"};
    for (size_t i = 0; i < 2; i++)
        sk_candidates_add(out, &truths[i], 1);
}

/* Every class of single values, absence aside. */
static void single_values(struct sk_search *search, const struct sk_search_key *key,
                          struct sk_candidates *out)
{
    struct material material = {0};
    const char *type = sk_shelf_key_type(search->shelf, key->name);
    collect(search, key->name, &material);
    if (key->is_variable)
        borrow(search, key, &material);
    const struct sk_proof_given *given = key->given;
    material.group++;
    for (size_t i = 0; given && i < given->count; i++)
        add_word(search, &material, given->values[i],
                 (given->globs ? SK_WORD_WILDCARDS : 0) | (given->folds ? SK_WORD_FOLD : 0));
    bool typed = material.number_count + material.date_count + material.address_count +
                         material.other_count >
                     0 ||
                 material.truth;
    if (typed && material.word_count > 0 && !(given && material.word_count == given->count))
        sk_search_doubt(search, "%s is compared both as text and as something else", key->spelling);
    if (material.number_count + material.date_count + material.address_count > MAX_VALUES)
        out->whole = false;
    add_numbers(material.numbers, material.number_count, out);
    add_numbers(material.dates, material.date_count, out);
    add_addresses(&material, out);
    for (size_t i = 0; i < material.other_count; i++)
        sk_candidates_add(out, (const char *const *)&material.others[i], 1);
    if (material.truth || (type && strcasecmp(type, "Bool") == 0))
        add_truths(out);
    else if (!typed)
        add_texts(search, key, &material, out);
    material_done(&material);
}

/* ---- what is given, and lists ---- */

static bool is_among(const struct sk_proof_given *given, const char *text)
{
    for (size_t i = 0; i < given->count; i++) {
        if (strcmp(given->values[i], text) == 0 ||
            (given->folds && strcasecmp(given->values[i], text) == 0) ||
            (given->globs && sk_glob_covers(given->values[i], text)))
            return true;
    }
    return false;
}

static bool contains_given(const struct sk_proof_given *given, const char *const *values,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_among(given, values[i]))
            return true;
    }
    return false;
}

/* Whether what is given allows this value; none: absent. */
static bool fits(const struct sk_search_key *key, const char *const *values, size_t count)
{
    const struct sk_proof_given *given = key->given;
    if (key->impossible && count > 0)
        return false;
    if (!given)
        return true;
    switch (given->how) {
    case SK_GIVEN_VALUES:
        return count == 1 && is_among(given, values[0]);
    case SK_GIVEN_ABSENT:
        return count == 0;
    case SK_GIVEN_PRESENT:
        return count > 0;
    case SK_GIVEN_OTHER:
        return count > 0 && !contains_given(given, values, count);
    case SK_GIVEN_NOT:
        return !contains_given(given, values, count);
    case SK_GIVEN_CONTAINS:
        return contains_given(given, values, count);
    }
    return true;
}

static void add_fitting(const struct sk_search_key *key, struct sk_candidates *out,
                        const char *const *values, size_t count)
{
    if (fits(key, values, count))
        sk_candidates_add(out, values, count);
}

/* All sets of the single values. */
static void add_lists(struct sk_search *search, const struct sk_search_key *key,
                      const struct sk_candidates *singles, struct sk_candidates *out)
{
    size_t count = singles->count;
    if (count > MAX_LIST_VALUES) {
        sk_search_doubt(search, "%s has more than %d classes of values", key->spelling,
                        MAX_LIST_VALUES);
        count = MAX_LIST_VALUES;
    }
    for (size_t set = 1; set < (size_t)1 << count; set++) {
        const char *values[MAX_LIST_VALUES];
        size_t chosen = 0;
        for (size_t i = 0; i < count; i++) {
            if (set >> i & 1)
                values[chosen++] = singles->items[i].values[0];
        }
        add_fitting(key, out, values, chosen);
    }
}

/* ---- tag keys follow from the tags of the request ---- */

static const char request_tag[] = "aws:requesttag/";

static bool same_tag(const struct sk_search_key *key, const char *name)
{
    return sk_text_starts_with(key->name, request_tag) &&
           strcasecmp(key->name + sizeof(request_tag) - 1, name) == 0;
}

/* The key of the request's tag `name`, if it plays a part; NULL otherwise. */
static const struct sk_search_key *tag_key(const struct sk_search *search, const char *name)
{
    for (size_t i = 0; i < search->key_count; i++) {
        if (!search->keys[i].impossible && same_tag(&search->keys[i], name))
            return &search->keys[i];
    }
    return NULL;
}

static bool is_present(const struct sk_search_key *key)
{
    return key->in_force && key->in_force->items[key->chosen].count > 0;
}

/* How the name of a chosen tag may be spelt in the list: as written, with its first letter turned, or
 * as some pattern takes it, also several at once: condition keys ignore the case of tag names, tags
 * do not. Of spellings that no policy tells apart there is one. */
#define MAX_WAYS 4
struct spelling {
    char *ways[MAX_WAYS]; /* owned */
    size_t count;
};

struct tag_lists {
    struct sk_search *search;
    const struct sk_search_key *key;
    struct sk_candidates *out;
    struct spelling spellings[MAX_LIST_VALUES];
    size_t spelling_count;
    const char *free_names[MAX_LIST_VALUES]; /* in the list or not, as one likes */
    size_t free_count;
    const char *chosen[(MAX_WAYS + 1) * MAX_LIST_VALUES];
    size_t chosen_count;
};

static bool told_apart(const struct material *material, const char *a, const char *b)
{
    for (size_t i = 0; i < material->word_count; i++) {
        const struct sk_word *word = &material->words[i];
        if (sk_word_matches(word, a, strlen(a)) != sk_word_matches(word, b, strlen(b)))
            return true;
    }
    return false;
}

static void add_way(struct tag_lists *lists, const struct material *material,
                    struct spelling *spelling, const char *name)
{
    for (size_t i = 0; i < spelling->count; i++) {
        if (!told_apart(material, spelling->ways[i], name))
            return;
    }
    if (spelling->count == MAX_WAYS)
        sk_search_doubt(lists->search, "a tag of the request has more than %d spellings", MAX_WAYS);
    else
        spelling->ways[spelling->count++] = sk_xstrdup(name);
}

static void add_spelling(struct tag_lists *lists, const struct material *material,
                         const struct sk_candidates *singles, const struct sk_search_key *tag)
{
    if (lists->spelling_count == MAX_LIST_VALUES) {
        sk_search_doubt(lists->search, "more than %d tags of the request play a part",
                        MAX_LIST_VALUES);
        return;
    }
    struct spelling *added = &lists->spellings[lists->spelling_count++];
    sk_auto(sk_freep) char *turned = sk_xstrdup(tag->spelling + sizeof(request_tag) - 1);
    unsigned char first = (unsigned char)turned[0];
    add_way(lists, material, added, turned);
    turned[0] = (char)(isupper(first) ? tolower(first) : toupper(first));
    add_way(lists, material, added, turned);
    for (size_t i = 0; i < singles->count; i++) {
        if (same_tag(tag, singles->items[i].values[0]))
            add_way(lists, material, added, singles->items[i].values[0]);
    }
}

/* All subsets of the free names, added to what is chosen. */
static void add_subsets(struct tag_lists *lists)
{
    for (size_t set = 0; set < (size_t)1 << lists->free_count; set++) {
        size_t count = lists->chosen_count;
        for (size_t i = 0; i < lists->free_count; i++) {
            if (set >> i & 1)
                lists->chosen[count++] = lists->free_names[i];
        }
        add_fitting(lists->key, lists->out, lists->chosen, count);
    }
}

static void add_spelt(struct tag_lists *lists, size_t from)
{
    if (from == lists->spelling_count) {
        add_subsets(lists);
        return;
    }
    const struct spelling *spelling = &lists->spellings[from];
    size_t count = lists->chosen_count;
    for (unsigned ways = 1; ways < 1U << spelling->count; ways++) {
        for (size_t i = 0; i < spelling->count; i++) {
            if (ways >> i & 1)
                lists->chosen[lists->chosen_count++] = spelling->ways[i];
        }
        add_spelt(lists, from + 1);
        lists->chosen_count = count;
    }
}

/* aws:TagKeys names each tag that was chosen for the request, none that was chosen to be absent,
 * and any of the others. */
static void add_tag_keys(struct sk_search *search, const struct sk_search_key *key,
                         const struct sk_candidates *singles, struct sk_candidates *out)
{
    struct tag_lists lists = {.search = search, .key = key, .out = out};
    struct material material = {0};
    collect(search, key->name, &material);
    for (size_t i = 0; i < search->key_count; i++) {
        const struct sk_search_key *tag = &search->keys[i];
        if (sk_text_starts_with(tag->name, request_tag) && is_present(tag))
            add_spelling(&lists, &material, singles, tag);
    }
    for (size_t i = 0; i < singles->count; i++) {
        const char *name = singles->items[i].values[0];
        if (tag_key(search, name) || *name == '\0')
            continue;
        if (lists.free_count == MAX_LIST_VALUES)
            sk_search_doubt(search, "%s has more than %d classes of values", key->spelling,
                            MAX_LIST_VALUES);
        else
            lists.free_names[lists.free_count++] = name;
    }
    add_spelt(&lists, 0);
    for (size_t i = 0; i < lists.spelling_count; i++) {
        for (size_t j = 0; j < lists.spellings[i].count; j++)
            free(lists.spellings[i].ways[j]);
    }
    material_done(&material);
}

void sk_candidates_of(struct sk_search *search, const struct sk_search_key *key,
                      struct sk_candidates *out)
{
    *out = (struct sk_candidates){.whole = true};
    struct sk_candidates singles = {.whole = true};
    single_values(search, key, &singles);
    if (strcmp(key->name, "aws:tagkeys") == 0) {
        add_tag_keys(search, key, &singles, out);
    } else {
        static const char *const empty = "";
        add_fitting(key, out, NULL, 0);
        if (key->is_list)
            add_fitting(key, out, &empty, 1);
        if (key->is_list)
            add_lists(search, key, &singles, out);
        for (size_t i = 0; !key->is_list && i < singles.count; i++)
            add_fitting(key, out, (const char *const *)singles.items[i].values, 1);
    }
    out->whole &= singles.whole;
    if (!out->whole)
        sk_search_doubt(search, "%s has too many classes of values", key->spelling);
    sk_candidates_done(&singles);
}
