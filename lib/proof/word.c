/* Classes of texts, see word.h.
 *
 * Each pattern becomes a deterministic automaton, built as far as it is needed: a state is the set
 * of positions that the text read so far can have reached. A position behind an unrestricted '*'
 * makes all positions before it needless (what they could match, it matches too), which keeps the
 * states of ordinary patterns as few as their characters. The walk goes breadth first through the
 * states of all automata together, so examples are shortest.
 *
 * From a state only those characters are tried that some pattern mentions next, ':' and '/' where a
 * pattern treats them apart, and one character that stands for all others: all of those lead to the
 * same states. */
#include "proof/word.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

/* The most states visited together, and of one pattern. Policies of real size need some hundreds. */
#define MAX_STATES     200000
#define MAX_STATES_ONE 4096

void sk_word_done(struct sk_word *word)
{
    free(word->tokens);
    *word = (struct sk_word){0};
}

void sk_word_add(struct sk_word *word, enum sk_token_kind kind, char byte)
{
    if (word->count == word->capacity) {
        word->capacity = word->capacity ? word->capacity * 2 : 16;
        word->tokens = sk_xrealloc(word->tokens, word->capacity, sizeof(word->tokens[0]));
    }
    word->tokens[word->count++] = (struct sk_token){(uint8_t)kind, byte};
}

void sk_word_add_text(struct sk_word *word, const char *text, size_t length, bool folded)
{
    for (size_t i = 0; i < length; i++) {
        if (folded && isalpha((unsigned char)text[i]))
            sk_word_add(word, SK_TOKEN_FOLDED, (char)tolower((unsigned char)text[i]));
        else
            sk_word_add(word, SK_TOKEN_BYTE, text[i]);
    }
}

struct sk_word sk_word_of_text(const char *text, size_t length, bool folded)
{
    struct sk_word word = {0};
    sk_word_add_text(&word, text, length, folded);
    return word;
}

struct sk_word sk_word_of_anything(void)
{
    struct sk_word word = {0};
    sk_word_add(&word, SK_TOKEN_MANY, 0);
    return word;
}

struct sk_word sk_word_of_glob(const char *glob)
{
    struct sk_word word = {0};
    for (; *glob; glob++) {
        enum sk_token_kind kind = *glob == '*'   ? SK_TOKEN_MANY
                                  : *glob == '?' ? SK_TOKEN_ONE
                                                 : SK_TOKEN_BYTE;
        sk_word_add(&word, kind, *glob);
    }
    return word;
}

struct sk_word sk_word_of_resource_type(const char *pattern)
{
    struct sk_word word = {0};
    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            sk_word_add(&word, SK_TOKEN_BYTE, *pattern);
        } else if (pattern[1] == '*') {
            sk_word_add(&word, SK_TOKEN_MANY, 0);
            pattern++;
        } else {
            sk_word_add(&word, SK_TOKEN_ONE_NAME, 0);
            sk_word_add(&word, SK_TOKEN_MANY_NAME, 0);
        }
    }
    return word;
}

/* ---- one pattern as an automaton ---- */

#define DEAD    0
#define UNKNOWN UINT16_MAX

struct state {
    uint16_t *positions; /* owned, ascending */
    size_t count;
    uint16_t *next; /* owned, 256 entries: UNKNOWN until asked for */
    bool accepts;
};

struct automaton {
    const struct sk_word *word;
    struct state *states; /* the first is dead, the second the start */
    size_t count, capacity;
    bool broken; /* too many states: what it says is not to be relied on */
};

static bool repeats(uint8_t kind)
{
    return kind == SK_TOKEN_MANY || kind == SK_TOKEN_MANY_PART || kind == SK_TOKEN_MANY_NAME;
}

static bool takes(struct sk_token token, unsigned char byte)
{
    switch ((enum sk_token_kind)token.kind) {
    case SK_TOKEN_BYTE:
        return (unsigned char)token.byte == byte;
    case SK_TOKEN_FOLDED:
        return token.byte == tolower(byte);
    case SK_TOKEN_ONE:
    case SK_TOKEN_MANY:
        return true;
    case SK_TOKEN_ONE_PART:
    case SK_TOKEN_MANY_PART:
        return byte != ':';
    case SK_TOKEN_ONE_NAME:
    case SK_TOKEN_MANY_NAME:
        return byte != ':' && byte != '/';
    }
    return false;
}

/* A set of positions in the making. */
struct positions {
    bool *has; /* one for each position, the end included */
    size_t count;
};

/* Adds a position and those that repeating tokens let pass at once. */
static void add_position(const struct sk_word *word, struct positions *set, size_t position)
{
    for (;; position++) {
        set->has[position] = true;
        if (position == word->count || !repeats(word->tokens[position].kind))
            return;
    }
}

/* The automaton's state with these positions, made when new. */
static uint16_t intern(struct automaton *automaton, struct positions *set)
{
    const struct sk_word *word = automaton->word;
    size_t first = 0;
    for (size_t i = 0; i < word->count; i++) {
        if (set->has[i] && word->tokens[i].kind == SK_TOKEN_MANY)
            first = i;
    }
    uint16_t *positions = sk_xcalloc(set->count + 1, sizeof(positions[0]));
    size_t count = 0;
    for (size_t i = first; i < set->count; i++) {
        if (set->has[i])
            positions[count++] = (uint16_t)i;
    }
    for (size_t i = 0; i < automaton->count; i++) {
        const struct state *state = &automaton->states[i];
        if (state->count == count && memcmp(state->positions, positions, count * 2) == 0) {
            free(positions);
            return (uint16_t)i;
        }
    }
    if (automaton->count >= MAX_STATES_ONE) {
        automaton->broken = true;
        free(positions);
        return DEAD;
    }
    if (automaton->count == automaton->capacity) {
        automaton->capacity = automaton->capacity ? automaton->capacity * 2 : 8;
        automaton->states =
            sk_xrealloc(automaton->states, automaton->capacity, sizeof(automaton->states[0]));
    }
    automaton->states[automaton->count] = (struct state){
        .positions = positions,
        .count = count,
        .accepts = count > 0 && positions[count - 1] == word->count,
    };
    return (uint16_t)automaton->count++;
}

static void automaton_start(struct automaton *automaton, const struct sk_word *word)
{
    *automaton = (struct automaton){.word = word};
    struct positions set = {sk_xcalloc(word->count + 1, sizeof(bool)), word->count + 1};
    (void)intern(automaton, &set); /* dead: no position */
    add_position(word, &set, 0);
    (void)intern(automaton, &set);
    free(set.has);
}

static void automaton_done(struct automaton *automaton)
{
    for (size_t i = 0; i < automaton->count; i++) {
        free(automaton->states[i].positions);
        free(automaton->states[i].next);
    }
    free(automaton->states);
}

static uint16_t step(struct automaton *automaton, uint16_t from, unsigned char byte)
{
    if (from == DEAD)
        return DEAD;
    struct state *state = &automaton->states[from];
    if (!state->next) {
        state->next = sk_xmalloc(256 * sizeof(state->next[0]));
        memset(state->next, 0xff, 256 * sizeof(state->next[0]));
    }
    if (state->next[byte] != UNKNOWN)
        return state->next[byte];
    const struct sk_word *word = automaton->word;
    struct positions set = {sk_xcalloc(word->count + 1, sizeof(bool)), word->count + 1};
    for (size_t i = 0; i < state->count; i++) {
        size_t position = state->positions[i];
        if (position == word->count || !takes(word->tokens[position], byte))
            continue;
        add_position(word, &set, position + (repeats(word->tokens[position].kind) ? 0 : 1));
    }
    uint16_t to = intern(automaton, &set);
    free(set.has);
    automaton->states[from].next[byte] = to; /* interning may have moved the states */
    return to;
}

static uint16_t run(struct automaton *automaton, const char *text, size_t length)
{
    uint16_t state = 1;
    for (size_t i = 0; i < length && state != DEAD; i++)
        state = step(automaton, state, (unsigned char)text[i]);
    return state;
}

bool sk_word_matches(const struct sk_word *word, const char *text, size_t length)
{
    struct automaton automaton;
    automaton_start(&automaton, word);
    uint16_t state = run(&automaton, text, length);
    bool accepts = automaton.states[state].accepts;
    automaton_done(&automaton);
    return accepts;
}

/* ---- all of them together ---- */

struct walk {
    struct automaton *automata; /* the universe, then the patterns */
    size_t width;
    uint16_t *vectors; /* `width` states for each node */
    uint32_t *parents;
    unsigned char *bytes; /* the byte that led here */
    size_t count, capacity;
    uint32_t *slots; /* node + 1, open addressing */
    size_t slot_count;
    bool splits; /* some pattern treats ':' and '/' apart */
    struct sk_word_classes *out;
};

static uint64_t vector_hash(const uint16_t *vector, size_t width)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < width; i++)
        hash = (hash ^ vector[i]) * 0x100000001b3U;
    return hash ^ hash >> 29;
}

static void grow_slots(struct walk *walk)
{
    size_t count = walk->slot_count ? walk->slot_count * 2 : 256;
    uint32_t *slots = sk_xcalloc(count, sizeof(slots[0]));
    for (size_t i = 0; i < walk->count; i++) {
        size_t at = vector_hash(walk->vectors + i * walk->width, walk->width) & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(walk->slots);
    walk->slots = slots;
    walk->slot_count = count;
}

/* Adds the node that `vector` (in the walk's spare row behind the last) stands for, when new. */
static void add_node(struct walk *walk, uint32_t parent, unsigned char byte)
{
    if (walk->slot_count <= walk->count * 2)
        grow_slots(walk);
    const uint16_t *vector = walk->vectors + walk->count * walk->width;
    size_t at = vector_hash(vector, walk->width) & (walk->slot_count - 1);
    for (; walk->slots[at]; at = (at + 1) & (walk->slot_count - 1)) {
        const uint16_t *other = walk->vectors + (walk->slots[at] - 1) * walk->width;
        if (memcmp(other, vector, walk->width * sizeof(vector[0])) == 0)
            return;
    }
    walk->slots[at] = (uint32_t)walk->count + 1;
    walk->parents[walk->count] = parent;
    walk->bytes[walk->count] = byte;
    walk->count++;
}

/* A spare row behind the last node. */
static uint16_t *spare_row(struct walk *walk)
{
    if (walk->count == walk->capacity) {
        walk->capacity = walk->capacity ? walk->capacity * 2 : 64;
        walk->vectors =
            sk_xrealloc(walk->vectors, walk->capacity * walk->width, sizeof(walk->vectors[0]));
        walk->parents = sk_xrealloc(walk->parents, walk->capacity, sizeof(walk->parents[0]));
        walk->bytes = sk_xrealloc(walk->bytes, walk->capacity, sizeof(walk->bytes[0]));
    }
    return walk->vectors + walk->count * walk->width;
}

static void step_all(struct walk *walk, uint32_t node, unsigned char byte)
{
    uint16_t *row = spare_row(walk);
    const uint16_t *from = walk->vectors + node * walk->width;
    for (size_t i = 0; i < walk->width; i++) {
        row[i] = step(&walk->automata[i], from[i], byte);
        if (i == 0 && row[0] == DEAD)
            return; /* outside of the universe */
    }
    add_node(walk, node, byte);
}

/* Marks the bytes that some pattern mentions next. */
static void mark_next(const struct automaton *automaton, uint16_t number, bool *next)
{
    const struct state *state = &automaton->states[number];
    for (size_t i = 0; i < state->count; i++) {
        if (state->positions[i] == automaton->word->count)
            continue;
        struct sk_token token = automaton->word->tokens[state->positions[i]];
        unsigned char byte = (unsigned char)token.byte;
        if (token.kind == SK_TOKEN_BYTE || token.kind == SK_TOKEN_FOLDED)
            next[byte] = true;
        if (token.kind == SK_TOKEN_FOLDED)
            next[toupper(byte)] = true;
    }
}

/* A character that no pattern mentions next; 0 without one. */
static unsigned char other_byte(const bool *next)
{
    static const char pleasant[] =
        "xyzabcdefghijklmnopqrstuvw0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";
    for (const char *c = pleasant; *c; c++) {
        if (!next[(unsigned char)*c])
            return (unsigned char)*c;
    }
    for (int c = 1; c < 128; c++) {
        if (!next[c] && c != ':' && c != '/')
            return (unsigned char)c;
    }
    return 0;
}

static void expand(struct walk *walk, uint32_t node)
{
    bool next[256] = {false};
    for (size_t i = 0; i < walk->width; i++)
        mark_next(&walk->automata[i], walk->vectors[node * walk->width + i], next);
    unsigned char other = other_byte(next);
    if (walk->splits)
        next[':'] = next['/'] = true;
    if (other)
        step_all(walk, node, other);
    for (int byte = 1; byte < 256; byte++) {
        if (next[byte])
            step_all(walk, node, (unsigned char)byte);
    }
}

static char *spell(const struct walk *walk, uint32_t node)
{
    size_t length = 0;
    for (uint32_t at = node; at != 0; at = walk->parents[at])
        length++;
    char *text = sk_xcalloc(length + 1, 1);
    for (uint32_t at = node; at != 0; at = walk->parents[at])
        text[--length] = (char)walk->bytes[at];
    return text;
}

/* Notes the class of a vector of states, when it is new. */
static void note(struct walk *walk, const uint16_t *vector, uint32_t node, const char *example)
{
    if (!walk->automata[0].states[vector[0]].accepts)
        return;
    size_t words = walk->width / 64 + 1;
    uint64_t *match = sk_xcalloc(words, sizeof(match[0]));
    for (size_t i = 1; i < walk->width; i++) {
        if (walk->automata[i].states[vector[i]].accepts)
            match[(i - 1) / 64] |= UINT64_C(1) << ((i - 1) % 64);
    }
    struct sk_word_classes *out = walk->out;
    for (size_t i = 0; i < out->count; i++) {
        if (memcmp(out->items[i].match, match, words * sizeof(match[0])) == 0) {
            free(match);
            return;
        }
    }
    if ((out->count & (out->count - 1)) == 0)
        out->items =
            sk_xrealloc(out->items, out->count ? out->count * 2 : 1, sizeof(out->items[0]));
    char *text = example ? sk_xstrdup(example) : spell(walk, node);
    out->items[out->count++] = (struct sk_word_class){text, match};
}

static void note_hints(struct walk *walk, const char *const *hints)
{
    uint16_t *vector = sk_xcalloc(walk->width, sizeof(vector[0]));
    for (; hints && *hints; hints++) {
        for (size_t i = 0; i < walk->width; i++)
            vector[i] = run(&walk->automata[i], *hints, strlen(*hints));
        note(walk, vector, 0, *hints);
    }
    free(vector);
}

static bool splits(const struct sk_word *word)
{
    for (size_t i = 0; i < word->count; i++) {
        if (word->tokens[i].kind >= SK_TOKEN_ONE_PART)
            return true;
    }
    return false;
}

void sk_word_classes(const struct sk_word *universe, const struct sk_word *patterns, size_t count,
                     const char *const *hints, struct sk_word_classes *out)
{
    *out = (struct sk_word_classes){.whole = true};
    struct walk walk = {.width = count + 1, .out = out};
    walk.automata = sk_xcalloc(walk.width, sizeof(walk.automata[0]));
    automaton_start(&walk.automata[0], universe);
    for (size_t i = 0; i < count; i++) {
        automaton_start(&walk.automata[i + 1], &patterns[i]);
        walk.splits |= splits(&patterns[i]);
    }
    note_hints(&walk, hints);
    uint16_t *start = spare_row(&walk);
    for (size_t i = 0; i < walk.width; i++)
        start[i] = 1;
    add_node(&walk, 0, 0);
    for (uint32_t node = 0; node < walk.count; node++) {
        if (walk.count > MAX_STATES) {
            out->whole = false;
            break;
        }
        note(&walk, walk.vectors + node * walk.width, node, NULL);
        expand(&walk, node);
    }
    for (size_t i = 0; i < walk.width; i++) {
        out->whole &= !walk.automata[i].broken;
        automaton_done(&walk.automata[i]);
    }
    free(walk.automata);
    free(walk.vectors);
    free(walk.parents);
    free(walk.bytes);
    free(walk.slots);
}

void sk_word_classes_done(struct sk_word_classes *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        free(classes->items[i].example);
        free(classes->items[i].match);
    }
    free(classes->items);
    *classes = (struct sk_word_classes){0};
}
