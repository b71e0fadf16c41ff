/* Templates in the binary, parsed when first asked for. The cache is the only state of this folder;
 * it is written under a lock, so templates may be asked for from any thread. */
#include "policy/shipped.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/template.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sk_template **cache;

size_t sk_template_shipped_count(void)
{
    return sk_shipped_template_count;
}

const char *sk_template_shipped_name(size_t position)
{
    return position < sk_shipped_template_count ? sk_shipped_templates[position].name : NULL;
}

static const struct sk_shipped *find(const char *name)
{
    for (size_t i = 0; i < sk_shipped_template_count; i++) {
        if (strcmp(sk_shipped_templates[i].name, name) == 0)
            return &sk_shipped_templates[i];
    }
    return NULL;
}

const char *sk_template_shipped_cases(const char *name)
{
    const struct sk_shipped *shipped = find(name);
    return shipped ? shipped->cases : NULL;
}

static int unknown(const char *name, struct sk_err *err)
{
    const char **names = sk_xcalloc(sk_shipped_template_count + 1, sizeof(names[0]));
    const char *same_word = NULL;
    size_t word = strcspn(name, "@");
    for (size_t i = 0; i < sk_shipped_template_count; i++) {
        names[i] = sk_shipped_templates[i].name;
        if (strcspn(names[i], "@") == word && strncmp(names[i], name, word) == 0)
            same_word = names[i]; /* the newest version: the table is sorted */
    }
    const char *near =
        same_word ? same_word : sk_text_nearest(name, names, sk_shipped_template_count);
    free(names);
    return sk_err_set(err, SK_E_NOT_FOUND, "unknown template '%s'%s%s", name,
                      near ? "; did you mean " : "", near ? near : "");
}

const struct sk_template *sk_template_shipped(const char *name, struct sk_err *err)
{
    const struct sk_shipped *shipped = find(name);
    if (!shipped) {
        (void)unknown(name, err);
        return NULL;
    }
    size_t position = (size_t)(shipped - sk_shipped_templates);
    pthread_mutex_lock(&lock);
    if (!cache)
        cache = sk_xcalloc(sk_shipped_template_count, sizeof(struct sk_template *));
    int result = 0;
    if (!cache[position])
        result =
            sk_template_parse(name, shipped->policy, shipped->parameters, &cache[position], err);
    const struct sk_template *template_ = result < 0 ? NULL : cache[position];
    pthread_mutex_unlock(&lock);
    return template_;
}
