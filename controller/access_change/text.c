/* Sections for people, see access_change.h. */
#include <string.h>

#include "access/say.h"
#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"

/* So many are named, the others counted. */
#define ACTIONS_NAMED   4
#define RESOURCES_NAMED 3
#define PEOPLE_NAMED    5

static const char *text_at(const json_t *list, size_t position)
{
    return json_string_value(json_array_get(list, position));
}

/* "a, b, c and 4 more" */
static void add_list(struct sk_buffer *out, const json_t *list, size_t named)
{
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && i < named; i++)
        sk_buffer_addf(out, "%s%s", i > 0 ? ", " : "", text_at(list, i));
    if (count > named)
        sk_buffer_addf(out, " and %zu more", count - named);
}

static void add_values(struct sk_buffer *out, const json_t *scalar_or_list, size_t named)
{
    json_auto_t *list = json_is_array(scalar_or_list) ? json_incref((json_t *)scalar_or_list)
                                                      : json_pack("[O]", scalar_or_list);
    add_list(out, list, named);
}

/* "sagemaker:StopApp, sagemaker:StopTrainingJob", or "43 actions of sagemaker (CreateApp, …)" when
 * all are of one service. */
static void add_actions(struct sk_buffer *out, const json_t *actions)
{
    const char *first = text_at(actions, 0);
    size_t prefix = strcspn(first, ":") + 1;
    size_t count = json_array_size(actions);
    bool same = true;
    for (size_t i = 1; i < count; i++)
        same &= strncmp(first, text_at(actions, i), prefix) == 0;
    if (count <= ACTIONS_NAMED || !same) {
        add_list(out, actions, ACTIONS_NAMED);
        return;
    }
    sk_buffer_addf(out, "%zu actions of %.*s (", count, (int)prefix - 1, first);
    for (size_t i = 0; i < ACTIONS_NAMED; i++)
        sk_buffer_addf(out, "%s, ", text_at(actions, i) + prefix);
    sk_buffer_adds(out, "…)");
}

static void add_resources(struct sk_buffer *out, const json_t *row)
{
    const json_t *excluded = json_object_get(row, "notResources");
    sk_buffer_adds(out, excluded ? " on everything but " : " on ");
    add_values(out, excluded ? excluded : json_object_get(row, "resources"), RESOURCES_NAMED);
}

static void add_teams(struct sk_buffer *out, const json_t *teams)
{
    size_t index;
    json_t *team;
    json_array_foreach(teams, index, team)
    {
        const char *name = json_string_value(team);
        sk_buffer_addf(out, "%s%s", index > 0 ? ", " : ", reaching ", *name ? name : "other teams");
    }
}

/* "; denied until now by Guard of 'boundary'" */
static void add_against(struct sk_buffer *out, const json_t *row)
{
    bool gains = sk_text_equal(sk_json_text(row, "change"), "gains");
    size_t index;
    json_t *odds;
    json_array_foreach(json_object_get(row, "against"), index, odds)
    {
        const json_t *statement = json_object_get(odds, "statement");
        sk_buffer_addf(out, "; %s by ", gains ? "kept from it until now" : "now kept from it");
        if (json_is_null(json_object_get(odds, "policy")))
            sk_buffer_addf(out, "the layer '%s', which does not allow it",
                           sk_json_text(odds, "layer"));
        else if (json_is_integer(statement))
            sk_buffer_addf(out, "statement %lld of '%s'",
                           (long long)json_integer_value(statement) + 1,
                           sk_json_text(odds, "policy"));
        else
            sk_buffer_addf(out, "%s of '%s'", json_string_value(statement),
                           sk_json_text(odds, "policy"));
    }
}

/* "Sid of studio-developer@1 (teams/fraud.yaml:9)": where people look it up. */
static void add_by(struct sk_buffer *out, const json_t *by)
{
    const json_t *statement = json_object_get(by, "statement");
    const char *from = sk_json_text(by, "from");
    const char *path = sk_json_text(by, "path");
    const char *policy = sk_json_text(by, "policy");
    const json_t *line = json_object_get(by, "statementLine");
    if (json_is_string(statement))
        sk_buffer_addf(out, ", by %s of ", json_string_value(statement));
    else
        sk_buffer_addf(out, ", by statement %lld of ",
                       (long long)json_integer_value(statement) + 1);
    sk_buffer_adds(out, from ? from : policy ? policy : "?");
    if (from && line)
        sk_buffer_addf(out, ":%lld", (long long)json_integer_value(line));
    if (path)
        sk_buffer_addf(out, " (%s:%lld)", path,
                       (long long)json_integer_value(json_object_get(by, "line")));
}

static bool holds(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (sk_text_equal(text_at(list, i), text))
            return true;
    }
    return false;
}

/* Who, when it is not everybody: people in Studio, or jobs that run as the role. */
static void add_only(struct sk_buffer *out, const json_t *only, const json_t *section)
{
    const json_t *people = json_object_get(section, "people");
    bool jobs = holds(only, sk_json_text(section, "role"));
    bool everybody = json_array_size(only) - jobs == json_array_size(people);
    if (!only)
        return;
    if (everybody && !jobs)
        sk_buffer_adds(out, "; in Studio only");
    else if (jobs && json_array_size(only) == 1)
        sk_buffer_adds(out, "; outside of Studio only");
    else {
        sk_buffer_adds(out, "; only ");
        add_list(out, only, PEOPLE_NAMED);
    }
}

static void add_grant(struct sk_buffer *out, const json_t *row, const json_t *section)
{
    add_actions(out, json_object_get(row, "actions"));
    add_resources(out, row);
    add_teams(out, json_object_get(row, "teams"));
    sk_auto(sk_freep) char *conditions = sk_access_say_conditions(row);
    if (conditions && *conditions)
        sk_buffer_addf(out, ", if %s", conditions);
    if (json_object_get(row, "by"))
        add_by(out, json_object_get(row, "by"));
    add_against(out, row);
    add_only(out, json_object_get(row, "only"), section);
}

static void add_member(struct sk_buffer *out, const json_t *row)
{
    bool gains = sk_text_equal(sk_json_text(row, "change"), "gains");
    const char *until = sk_json_text(row, "until");
    const char *person = sk_json_text(row, "person");
    const char *place = sk_json_text(row, "place");
    if (sk_text_equal(person, place))
        sk_buffer_addf(out, "%s %s the role", place,
                       gains ? "runs as" : "does not run any more as");
    else
        sk_buffer_addf(out, "%s %s %s", person, gains ? "works in" : "does not work any more in",
                       place);
    if (gains)
        sk_buffer_addf(out, ", from this change on%s%s", until ? " until " : "",
                       until ? until : "");
}

static void add_sentences(struct sk_buffer *out, const json_t *row)
{
    size_t index;
    json_t *sentence;
    sk_buffer_adds(out, "who may become the role: ");
    json_array_foreach(json_object_get(row, "sentences"), index, sentence)
    {
        sk_buffer_addf(out, "%s%s", index > 0 ? "; " : "", json_string_value(sentence));
    }
}

static char *line_of(const json_t *row, const json_t *section)
{
    struct sk_buffer out = {0};
    bool gains = sk_text_equal(sk_json_text(row, "change"), "gains");
    const char *importance = sk_json_text(row, "importance");
    sk_buffer_addf(&out, "%s %s: ", gains ? "+" : "-", importance);
    switch (sk_importance_of_name(importance)) {
    case SK_IMPORTANCE_MEMBERSHIP:
        add_member(&out, row);
        break;
    case SK_IMPORTANCE_TRUST:
        add_sentences(&out, row);
        break;
    case SK_IMPORTANCE_UNREAD:
        sk_buffer_addf(&out, "whatever %s allows, which was not read", sk_json_text(row, "policy"));
        break;
    case SK_IMPORTANCE_CROSS_TEAM:
    case SK_IMPORTANCE_PERMISSIONS:
    case SK_IMPORTANCE_PASS_ROLE:
    case SK_IMPORTANCE_ASSUME_ROLE:
    case SK_IMPORTANCE_WRITE:
    case SK_IMPORTANCE_TAGGING:
    case SK_IMPORTANCE_READ:
    case SK_IMPORTANCE_LIST:
    case SK_IMPORTANCE_COUNT:
        add_grant(&out, row, section);
        break;
    }
    return sk_buffer_take(&out);
}

/* "  which reaches write: 84 actions of sagemaker (…) on …; …", a line for each importance. */
static void add_reach(json_t *lines, const json_t *rows, const char *through)
{
    for (size_t i = 0; i < SK_IMPORTANCE_COUNT; i++) {
        const char *importance = sk_importance_name((enum sk_importance)i);
        struct sk_buffer out = {0};
        size_t index;
        json_t *row;
        json_array_foreach(rows, index, row)
        {
            if (!sk_text_equal(sk_json_text(row, "importance"), importance))
                continue;
            if (out.length > 0)
                sk_buffer_adds(&out, "; ");
            else
                sk_buffer_addf(&out, "  which reaches %s%s%s: ", importance, through ? " as " : "",
                               through ? through : "");
            add_actions(&out, json_object_get(row, "actions"));
            add_resources(&out, row);
        }
        if (out.length > 0)
            json_array_append_new(lines, json_string(sk_buffer_text(&out)));
        sk_buffer_done(&out);
    }
}

static void add_row(json_t *lines, const json_t *row, const json_t *section)
{
    sk_auto(sk_freep) char *line = line_of(row, section);
    json_array_append_new(lines, json_string(line));
    size_t index;
    json_t *reached;
    json_array_foreach(json_object_get(row, "reaches"), index, reached)
    {
        add_reach(lines, json_object_get(reached, "rows"), sk_json_text(reached, "role"));
    }
}

/* Rows about people, of which only the first ones are told one by one. */
static void add_members(json_t *lines, const json_t *section, const char *change)
{
    size_t told = 0;
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(section, "rows"), index, row)
    {
        if (!sk_json_text(row, "person") || !sk_text_equal(sk_json_text(row, "change"), change))
            continue;
        if (told++ < PEOPLE_NAMED)
            add_row(lines, row, section);
    }
    if (told > PEOPLE_NAMED)
        json_array_append_new(lines, json_sprintf("%s membership: %zu more people",
                                                  sk_text_equal(change, "gains") ? "+" : "-",
                                                  told - PEOPLE_NAMED));
}

static void add_others(json_t *lines, const json_t *section, const char *change)
{
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(section, "rows"), index, row)
    {
        if (!sk_json_text(row, "person") && sk_text_equal(sk_json_text(row, "change"), change))
            add_row(lines, row, section);
    }
}

static void add_through(struct sk_buffer *out, const json_t *through)
{
    size_t index;
    json_t *role;
    json_array_foreach(through, index, role)
    {
        sk_buffer_addf(out, "%s through %s, which %s", index > 0 ? ";" : "",
                       strrchr(sk_json_text(role, "role"), '/') + 1, sk_json_text(role, "how"));
        if (json_array_size(json_object_get(role, "people")) > 0) {
            sk_buffer_adds(out, " (");
            add_list(out, json_object_get(role, "people"), PEOPLE_NAMED);
            sk_buffer_addc(out, ')');
        }
    }
}

static char *title_of(const json_t *section)
{
    struct sk_buffer out = {0};
    const char *team = sk_json_text(section, "team");
    const char *state = sk_json_text(section, "state");
    const json_t *people = json_object_get(section, "people");
    if (team)
        sk_buffer_addf(&out, "%s, as ", team);
    sk_buffer_addf(&out, "%s", sk_json_text(section, "name"));
    if (sk_text_equal(state, "new") || sk_text_equal(state, "gone"))
        sk_buffer_addf(&out, " (%s)", state);
    if (json_array_size(people) > 0) {
        sk_buffer_adds(&out, ": ");
        add_list(&out, people, PEOPLE_NAMED);
    }
    if (json_object_get(section, "through"))
        sk_buffer_addc(&out, ',');
    add_through(&out, json_object_get(section, "through"));
    return sk_buffer_take(&out);
}

json_t *sk_access_change_text(const json_t *section)
{
    json_t *lines = json_array();
    size_t index;
    json_t *row;
    add_members(lines, section, "gains");
    add_reach(lines, json_object_get(section, "reaches"), NULL);
    add_others(lines, section, "gains");
    add_members(lines, section, "loses");
    add_others(lines, section, "loses");
    json_array_foreach(json_object_get(section, "unknown"), index, row)
    {
        json_array_append_new(lines, json_sprintf("? %s", json_string_value(row)));
    }
    sk_auto(sk_freep) char *title = title_of(section);
    return json_pack("{s:s, s:o}", "title", title, "lines", lines);
}
