/* The rows A to F of docs/design/plan-cases.md, one test each or more, named after them. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "plan_fixture.h"

/* Rows leave out what they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum what { END, WANT, EXISTING, ADOPT, HAVE, BELONGS, HIDE, RECENT, YOUNG };

struct fact {
    enum what what;
    const char *address; /* of HIDE: kind/account/region */
    const char *body;
    enum marks marks;
    const char *edges; /* separated by spaces */
};

struct expected {
    const char *address;
    const char *action; /* NULL: the plan does not touch it */
    const char *reason; /* part of it; NULL: there is none */
    const char *calls;  /* operations; NULL: none */
    const char *depends;
};

struct row {
    const char *name;
    struct fact facts[7];
    struct expected expected[4];
    size_t in_sync;
    int exit;
};

#define V      "vault/dev/us-east-1/v"
#define M      "member/dev/us-east-1/v/m"
#define R      "role/dev/global/r"
#define P      "policy/dev/global/p"
#define OWN    "role/dev/global/controller" /* fake_accounts: what calls in dev are made as */
#define ANYONE "{'Document': {'Statement': []}}"
#define IN_V   "{'VaultId': {'$ref': '" V "', 'attr': 'VaultId'}}"

static const struct row rows[] = {
    {"case_a1_absent_is_created", {{WANT, R, "{}"}}, {{R, "create", NULL, "Create"}}, 0, 2},
    {"case_a2_gone_is_absent",
     {{WANT, R, "{}"}, {HAVE, R, "{'Status': 'Deleted'}"}},
     {{R, "create", NULL, "Create"}},
     0,
     2},
    {"case_a3_created_moments_ago_waits",
     {{WANT, R, "{}"}, {RECENT, R, "it was created 4 s ago"}},
     {{R, "wait", "it was created 4 s ago"}},
     0,
     2},
    {"case_a3_once_listed_the_journal_does_not_matter",
     {{WANT, R, "{'Duration': 1}"}, {HAVE, R, "{}"}, {RECENT, R, "it was created 4 s ago"}},
     {{R, "update", NULL, "Update"}},
     0,
     2},
    {"case_a4_unread_is_not_absent",
     {{WANT, R, "{}"}, {HIDE, "role/dev/global"}},
     {{R, "blocked", "roles in account 'dev' cannot be read: access denied"}},
     0,
     4},
    {"case_a4_existing_and_unread",
     {{EXISTING, P, "{}"}, {HIDE, "policy/dev/global"}},
     {{P, "blocked", "policies in account 'dev' cannot be read"}},
     0,
     4},
    {"case_a4_another_region_is_read",
     {{WANT, V, "{}"}, {HIDE, "vault/dev/eu-west-1"}},
     {{V, "create", NULL, "Create"}},
     0,
     2},
    {"case_a5_existing_but_absent",
     {{EXISTING, V, "{}"}},
     {{V, "blocked", "declared as existing, but there is no such vault"}},
     0,
     2},
    {"case_a5_existing_but_gone",
     {{EXISTING, V, "{}"}, {HAVE, V, "{'Status': 'Deleted'}"}},
     {{V, "blocked", "declared as existing"}},
     0,
     2},
    {"case_a6_existing_is_never_written",
     {{EXISTING, V, "{'Image': 'x'}"}, {HAVE, V, "{'Image': 'y'}", MARKS_NONE}},
     {{V, NULL}},
     0,
     0},
    {"case_b1_equal_is_in_sync",
     {{WANT, R, "{'Duration': 7200}"}, {HAVE, R, "{'Duration': 7200}"}},
     {{R, NULL}},
     1,
     0},
    {"case_b1_equal_and_busy_is_in_sync",
     {{WANT, V, "{'Image': 'x'}"}, {HAVE, V, "{'Image': 'x', 'Status': 'Updating'}"}},
     {{V, NULL}},
     1,
     0},
    {"case_b1_other_case_of_the_name",
     {{WANT, "role/dev/global/Team", "{}"},
      {HAVE, "role/dev/global/team", "{'Tags': [{'Key': 'a', 'Value': '1'}]}"}},
     {{"role/dev/global/Team", "update", NULL, "Untag Tag"}, {"role/dev/global/team", NULL}},
     0,
     2},
    {"case_b2_differs_is_updated",
     {{WANT, R, "{'Duration': 7200}"}, {HAVE, R, "{'Duration': 3600}"}},
     {{R, "update", NULL, "Update"}},
     0,
     2},
    {"case_b3_immutable_names_field_and_road",
     {{WANT, R, "{'Path': '/new/', 'Duration': 1}"}, {HAVE, R, "{'Path': '/old/'}"}},
     {{R, "blocked", "Path cannot be changed: declare another role"}},
     0,
     2},
    {"case_b3_every_immutable_field_is_named",
     {{WANT, V, "{'Name': 'a', 'Mode': 'x'}"}, {HAVE, V, "{'Name': 'b', 'Mode': 'y'}"}},
     {{V, "blocked", "Mode cannot be changed: declare a second vault; Name cannot be changed"}},
     0,
     2},
    {"case_b3_what_cannot_be_cleared",
     {{WANT, V, "{'Sso': null}"}, {HAVE, V, "{'Sso': 'on'}"}},
     {{V, "blocked", "Sso cannot be cleared: AWS has no way to unset it"}},
     0,
     2},
    {"case_b3_one_way_only",
     {{WANT, V, "{'Home': 'Disabled'}"}, {HAVE, V, "{'Home': 'Enabled'}"}},
     {{V, "blocked", "Home cannot be changed"}},
     0,
     2},
    {"case_b2_the_one_way",
     {{WANT, V, "{'Home': 'Enabled'}"}, {HAVE, V, "{'Home': 'Disabled'}"}},
     {{V, "update", NULL, "Update"}},
     0,
     2},
    {"case_b3_an_empty_list_clears_too",
     {{WANT, V, "{'Sso': []}"}, {HAVE, V, "{'Sso': ['on']}"}},
     {{V, "blocked", "Sso cannot be cleared"}},
     0,
     2},
    {"case_b4_busy_waits",
     {{WANT, V, "{'Image': 'x'}"}, {HAVE, V, "{'Image': 'y', 'Status': 'Updating'}"}},
     {{V, "wait", "it is Updating"}},
     0,
     2},
    {"case_b5_failed_create_is_deleted_first",
     {{WANT, M, "{}"}, {HAVE, M, "{'Status': 'Failed', 'FailureReason': 'no address left'}"}},
     {{M, "delete", "creating it failed: no address left; it is deleted", "ListTags Delete"}},
     0,
     2},
    {"case_b6_failed_delete_is_blocked",
     {{WANT, V, "{}"}, {HAVE, V, "{'Status': 'Delete_Failed', 'FailureReason': 'in use'}"}},
     {{V, "blocked", "deleting it failed: in use"}},
     0,
     2},
    {"case_b7_unread_whatever_was_applied",
     {{WANT, V, "{'Image': 'x'}"}, {HIDE, "vault/dev/us-east-1"}},
     {{V, "blocked", "vaults in account 'dev' cannot be read"}},
     0,
     4},
    {"case_b8_no_call_changes_it",
     {{WANT, R, "{'Inert': 'x'}"}, {HAVE, R, "{'Inert': 'y'}"}},
     {{R, "blocked", "there is no call that changes Inert"}},
     0,
     2},
    {"case_b8_kind_without_update",
     {{WANT, "seal/dev/global/s", "{'Tags': [{'Key': 'a', 'Value': '1'}]}"},
      {HAVE, "seal/dev/global/s", "{}"}},
     {{"seal/dev/global/s", "blocked", "there is no call that changes Tags.a"}},
     0,
     2},
    {"case_b9_failed_create_on_a_partial_view",
     {{WANT, M, "{}"}, {HAVE, M, "{'Status': 'Failed'}"}, {HIDE, "policy/dev/global"}},
     {{M, "blocked", "nothing is deleted in account 'dev' while its policies cannot be read"}},
     0,
     4},
    {"case_b10_failed_update_is_sent_again",
     {{WANT, V, "{'Image': 'x'}"}, {HAVE, V, "{'Image': 'x', 'Status': 'Update_Failed'}"}},
     {{V, "update", NULL, "Update"}},
     0,
     2},
    {"case_c1_untagged",
     {{WANT, R, "{}"}, {HAVE, R, "{}", MARKS_NONE}},
     {{R, "blocked", "a role of this name exists and is not ours; `adopt: true` and an approval"}},
     0,
     2},
    {"case_c1_copied_tags_are_not_ours",
     {{WANT, R, "{'Duration': 1}"}, {HAVE, R, "{}", MARKS_COPIED}},
     {{R, "blocked", "its address tag names 'role/dev/global/original'"}},
     0,
     2},
    {"case_c1_owner_tag_alone",
     {{WANT, R, "{'Duration': 1}"}, {HAVE, R, "{}", MARKS_OWNER_ONLY}},
     {{R, "blocked", "is not ours; `adopt: true`"}},
     0,
     2},
    {"case_c2_adoption",
     {{ADOPT, R, "{}"}, {HAVE, R, "{'Tags': [{'Key': 'x', 'Value': 'y'}]}", MARKS_NONE}},
     {{R, "adopt", NULL, "Untag Tag"}},
     0,
     2},
    {"case_c2_adoption_of_what_is_absent_is_a_create",
     {{ADOPT, R, "{}"}},
     {{R, "create", NULL, "Create"}},
     0,
     2},
    {"case_c2_adoption_of_what_is_ours_is_an_update",
     {{ADOPT, R, "{'Duration': 1}"}, {HAVE, R, "{}"}},
     {{R, "update", NULL, "Update"}},
     0,
     2},
    {"case_c2_adoption_does_not_change_the_immutable",
     {{ADOPT, R, "{'Path': '/a/'}"}, {HAVE, R, "{'Path': '/b/'}", MARKS_NONE}},
     {{R, "blocked", "Path cannot be changed"}},
     0,
     2},
    {"case_c3_other_owner",
     {{WANT, R, "{}"}, {HAVE, R, "{}", MARKS_OTHER_OWNER}},
     {{R, "blocked", "it belongs to organization 'globex'"}},
     0,
     2},
    {"case_c3_other_owner_is_not_adopted",
     {{ADOPT, R, "{}"}, {HAVE, R, "{}", MARKS_OTHER_OWNER}},
     {{R, "blocked", "it belongs to organization 'globex'"}},
     0,
     2},
    {"case_c3_other_owner_with_other_addresses",
     {{ADOPT, R, "{}"}, {HAVE, R, "{}", MARKS_OTHER_OWNER_ADDRESS}},
     {{R, "blocked", "it belongs to organization 'globex'"}},
     0,
     2},
    {"case_b11_what_only_the_kind_sees_blocks_an_update",
     {{WANT, R, "{'Duration': 7200}"}, {HAVE, R, "{'Duration': 3600, 'HeldBy': 'x'}"}},
     {{R, "blocked", "'x' is in the way of this update"}},
     0,
     2},
    {"case_b11_but_nothing_that_is_equal",
     {{WANT, R, "{'Duration': 3600}"}, {HAVE, R, "{'Duration': 3600, 'HeldBy': 'x'}"}},
     {{R, NULL}},
     1,
     0},
    {"case_c4_denied",
     {{ADOPT, "seal/dev/global/aws-x", "{}"},
      {HAVE, "seal/dev/global/aws-x", "{'Name': 'aws-x'}", MARKS_NONE}},
     {{"seal/dev/global/aws-x", "blocked", "this seal is managed by AWS and never touched"}},
     0,
     2},
    {"case_c4_the_role_we_call_as",
     {{WANT, OWN, "{'Duration': 7200}"}, {HAVE, OWN, "{'Duration': 3600}"}},
     {{OWN, "blocked", "this role is what sagekeeper itself works with, and never touched"}},
     0,
     2},
    {"case_c4_a_policy_of_the_role_we_call_as",
     {{ADOPT, P, ANYONE}, {HAVE, P, "{}", MARKS_NONE}, {HAVE, OWN, "{}", MARKS_NONE, P}},
     {{P, "blocked", "this policy is what sagekeeper itself works with"}, {OWN, NULL}},
     0,
     2},
    {"case_c4_the_role_of_that_name_in_another_account",
     {{WANT, "role/prod/global/controller", "{'Duration': 7200}"},
      {HAVE, "role/prod/global/controller", "{'Duration': 3600}"}},
     {{"role/prod/global/controller", "update", NULL, "Update"}},
     0,
     2},
    {"case_c6_tags_may_take_longer_than_lists",
     {{WANT, R, "{}"}, {HAVE, R, "{}", MARKS_NONE}, {YOUNG, R, "some minutes ago"}},
     {{R, "wait", "AWS does not show its tags yet"}},
     0,
     2},
    {"case_a1_what_was_made_some_minutes_ago_and_is_not_there_is_made_again",
     {{WANT, R, "{}"}, {YOUNG, R, "some minutes ago"}},
     {{R, "create", NULL, "Create"}},
     0,
     2},
    {"case_c6_created_moments_ago_and_not_tagged_yet",
     {{WANT, R, "{'Duration': 1}"},
      {HAVE, R, "{}", MARKS_NONE},
      {RECENT, R, "it was created 4 s ago"}},
     {{R, "wait", "it was created moments ago; AWS does not show its tags yet"}},
     0,
     2},
    {"case_c6_what_needs_it_goes_on",
     {{WANT, P, ANYONE},
      {HAVE, P, "{}", MARKS_NONE},
      {RECENT, P, "it was created 4 s ago"},
      {WANT, R, "{'Duration': 1}", 0, P}},
     {{P, "wait", "it was created moments ago"}, {R, "create", NULL, "Create"}},
     0,
     2},
    {"case_c6_a_copied_tag_is_no_tag_of_ours",
     {{WANT, R, "{}"}, {HAVE, R, "{}", MARKS_COPIED}, {RECENT, R, "it was created 4 s ago"}},
     {{R, "blocked", "is not ours: its address tag names"}},
     0,
     2},
    {"case_c9_what_is_being_deleted_may_have_lost_its_tags",
     {{WANT, M, "{}"}, {HAVE, M, "{'Status': 'Updating'}", MARKS_NONE}},
     {{M, "wait", "it is Updating"}},
     0,
     2},
    {"case_c9_what_is_to_be_adopted_and_busy",
     {{ADOPT, M, "{}"}, {HAVE, M, "{'Status': 'Updating'}", MARKS_NONE}},
     {{M, "wait", "it is Updating"}},
     0,
     2},
    {"case_c9_not_what_names_another_owner",
     {{WANT, M, "{}"}, {HAVE, M, "{'Status': 'Updating'}", MARKS_OTHER_OWNER}},
     {{M, "blocked", "it belongs to organization 'globex'"}},
     0,
     2},
    {"case_c5_failed_is_not_adopted",
     {{ADOPT, M, "{}"}, {HAVE, M, "{'Status': 'Failed'}", MARKS_NONE}},
     {{M, "blocked", "creating it failed; what failed is not taken over"}},
     0,
     2},
    {"case_d1_undeclared_is_deleted",
     {{WANT, P, ANYONE}, {HAVE, R, "{}"}, {HAVE, P, ANYONE}},
     {{R, "delete", NULL, "ListTags Delete"}},
     1,
     2},
    {"case_d1_failed_is_deleted",
     {{HAVE, M, "{'Status': 'Failed'}"}},
     {{M, "delete", NULL, "ListTags Delete"}},
     0,
     2},
    {"case_d1_failed_delete_is_repeated",
     {{HAVE, M, "{'Status': 'Delete_Failed'}"}},
     {{M, "delete", NULL, "ListTags Delete"}},
     0,
     2},
    {"case_d2_busy_is_not_deleted",
     {{HAVE, M, "{'Status': 'Updating'}"}},
     {{M, "wait", "it is Updating"}},
     0,
     2},
    {"case_d3_no_delete_on_a_partial_view",
     {{HAVE, R, "{}"}, {HIDE, "vault/dev/eu-west-1"}},
     {{R, "blocked", "nothing is deleted in account 'dev' while its vaults cannot be read"}},
     0,
     4},
    {"case_d3_another_account_goes_on",
     {{HAVE, R, "{}"}, {HIDE, "vault/prod/eu-west-1"}},
     {{R, "delete", NULL, "ListTags Delete"}},
     0,
     2},
    {"case_d6_what_only_the_kind_sees_blocks_a_delete",
     {{HAVE, R, "{'HeldBy': 'x'}"}},
     {{R, "blocked", "'x' is in the way of this delete"}},
     0,
     2},
    {"case_d4_untagged_is_left_alone", {{HAVE, R, "{}", MARKS_NONE}}, {{R, NULL}}, 0, 0},
    {"case_d4_copied_tags_are_left_alone", {{HAVE, R, "{}", MARKS_COPIED}}, {{R, NULL}}, 0, 0},
    {"case_d4_owner_tag_alone_is_left_alone",
     {{HAVE, R, "{}", MARKS_OWNER_ONLY}},
     {{R, NULL}},
     0,
     0},
    {"case_d4_other_owner_is_left_alone", {{HAVE, R, "{}", MARKS_OTHER_OWNER}}, {{R, NULL}}, 0, 0},
    {"case_d4_the_role_we_call_as_is_left_alone",
     {{HAVE, OWN, "{}", 0, P}, {HAVE, P, ANYONE}},
     {{OWN, NULL}, {P, NULL}},
     0,
     0},
    {"case_d4_denied_is_left_alone",
     {{HAVE, "seal/dev/global/s", "{'Name': 'aws-s'}"}},
     {{"seal/dev/global/s", NULL}},
     0,
     0},
    {"case_d5_gone", {{HAVE, R, "{'Status': 'Deleted'}"}}, {{R, NULL}}, 0, 0},
    {"case_e1_stands_behind_what_it_refers_to",
     {{WANT, M, IN_V}, {WANT, V, "{}"}},
     {{V, "create", NULL, "Create", ""}, {M, "create", NULL, "Create", V}},
     0,
     2},
    {"case_e1_stands_behind_its_edges",
     {{WANT, R, "{}", 0, P}, {WANT, P, ANYONE}},
     {{R, "create", NULL, "Create", P}},
     0,
     2},
    {"case_e1_edge_and_reference_count_once",
     {{WANT, M, IN_V, 0, V}, {WANT, V, "{}"}},
     {{M, "create", NULL, "Create", V}},
     0,
     2},
    {"case_e1_reference_of_another_case",
     {{WANT, M, IN_V}, {WANT, "vault/dev/us-east-1/V", "{}"}},
     {{M, "create", NULL, "Create", "vault/dev/us-east-1/V"}},
     0,
     2},
    {"case_e2_busy_and_settling",
     {{WANT, M, IN_V}, {WANT, V, "{}"}, {HAVE, V, "{'VaultId': 'x', 'Status': 'Updating'}"}},
     {{M, "wait", "it needs '" V "', which is not ready"}},
     1,
     2},
    {"case_e2_existing_and_settling",
     {{WANT, M, IN_V},
      {EXISTING, V, "{}"},
      {HAVE, V, "{'VaultId': 'x', 'Status': 'Updating'}", MARKS_NONE}},
     {{M, "wait", "which is not ready"}},
     0,
     2},
    {"case_e2_waiting_and_not_there",
     {{WANT, R, "{}", 0, P}, {WANT, P, ANYONE}, {RECENT, P, "it was created 1 s ago"}},
     {{R, "wait", "it needs '" P "', which is not ready"}},
     0,
     2},
    {"case_e3_blocked_and_not_there",
     {{WANT, M, IN_V}, {EXISTING, V, "{}"}},
     {{M, "blocked", "it needs '" V "', which is blocked"}},
     0,
     2},
    {"case_e3_blocked_on_a_partial_view",
     {{WANT, M, IN_V}, {WANT, V, "{}"}, {HIDE, "vault/dev/us-east-1"}, {HAVE, M, "{'VaultId':1}"}},
     {{M, "blocked", "it needs '" V "', which is blocked"}},
     0,
     4},
    {"case_e3_foreign_is_not_used",
     {{WANT, M, IN_V}, {WANT, V, "{}"}, {HAVE, V, "{'VaultId': 'x'}", MARKS_NONE}},
     {{M, "blocked", "it needs '" V "', which is blocked"}},
     0,
     2},
    {"case_e3_under_another_arn",
     {{WANT, M, "{}", 0, R}, {WANT, R, "{'Path': '/b/'}"}, {HAVE, R, "{'Path': '/a/'}"}},
     {{M, "blocked", "it needs '" R "', which is blocked"},
      {R, "blocked", "Path cannot be changed"}},
     0,
     2},
    {"case_e3_goes_on_down_the_chain",
     {{WANT, M, IN_V, 0, R}, {WANT, V, "{}"}, {WANT, R, "{}", 0, P}, {EXISTING, P, "{}"}},
     {{M, "blocked", "it needs '" R "', which is blocked"}, {V, "create", NULL, "Create"}},
     0,
     2},
    {"case_e4_failed",
     {{WANT, M, IN_V}, {WANT, V, "{}"}, {HAVE, V, "{'VaultId': 'x', 'Status': 'Failed'}"}},
     {{M, "blocked", "it needs '" V "', which failed"},
      {V, "delete", "creating it failed", "ListTags Delete"}},
     0,
     2},
    {"case_e4_existing_and_failed",
     {{WANT, M, IN_V},
      {EXISTING, V, "{}"},
      {HAVE, V, "{'VaultId': 'x', 'Status': 'Delete_Failed'}", MARKS_NONE}},
     {{M, "blocked", "which failed"}},
     0,
     2},
    {"case_e4_is_graver_than_e2",
     {{WANT, M, IN_V, 0, R},
      {WANT, R, "{}"},
      {RECENT, R, "just now"},
      {WANT, V, "{}"},
      {HAVE, V, "{'VaultId': 'x', 'Status': 'Failed'}"}},
     {{M, "blocked", "it needs '" V "', which failed"}},
     0,
     2},
    {"case_e5_neither_declared_nor_there",
     {{WANT, M, IN_V}},
     {{M, "blocked", "it needs '" V "', which is neither declared nor there"}},
     0,
     2},
    {"case_e5_about_to_be_deleted",
     {{WANT, M, IN_V}, {HAVE, V, "{'VaultId': 'x'}"}},
     {{M, "blocked", "it needs '" V "', which is not declared any more"},
      {V, "delete", NULL, "ListTags Delete", ""}},
     0,
     2},
    {"case_e5_undeclared_and_unread",
     {{WANT, M, IN_V}, {HIDE, "vault/dev/us-east-1"}},
     {{M, "blocked", "it needs '" V "', which cannot be read: access denied"}},
     0,
     4},
    {"case_e6_foreign_used_as_it_is",
     {{WANT, M, IN_V}, {HAVE, V, "{'VaultId': 'x'}", MARKS_NONE}},
     {{M, "create", NULL, "Create", ""}},
     0,
     2},
    {"case_e6_in_sync",
     {{WANT, M, IN_V}, {WANT, V, "{}"}, {HAVE, V, "{'VaultId': 'x'}"}},
     {{M, "create", NULL, "Create", ""}},
     1,
     2},
    {"case_e6_blocked_but_usable",
     {{WANT, M, IN_V}, {WANT, V, "{'Mode': 'a'}"}, {HAVE, V, "{'VaultId': 'x', 'Mode': 'b'}"}},
     {{M, "create", NULL, "Create", ""}, {V, "blocked", "Mode cannot be changed"}},
     0,
     2},
    {"case_d8_what_belongs_to_another_is_left_alone",
     {{WANT, V, "{}"}, {HAVE, V, "{}"}, {BELONGS, M, "{}", 0, V}},
     {{M}},
     1,
     0},
    {"case_d9_grace_time_begins",
     {{HAVE, M, "{'Open': true, 'Due': 2000}"}},
     {{M, "delete",
       "access and what runs go now; the member itself is deleted at 1970-01-01T00:33:20Z",
       "ListTags Close"}},
     0,
     2},
    {"case_d9_part_of_the_account_is_not_read",
     {{HAVE, M, "{'Open': true, 'Due': 2000}"}, {HIDE, "vault/dev/us-east-1"}},
     {{M, "blocked", "nothing is deleted in account 'dev'"}},
     0,
     4},
    {"case_d10_grace_time_runs",
     {{HAVE, M, "{'Due': 2000}"}},
     {{M, "wait", "its grace time runs; it is deleted at 1970-01-01T00:33:20Z"}},
     0,
     2},
    {"case_d1_grace_time_has_passed",
     {{HAVE, M, "{'Open': true, 'Due': 1000}"}},
     {{M, "delete", NULL, "ListTags Delete"}},
     0,
     2},
    {"case_f2_user_stays_for_now",
     {{HAVE, V, "{}"}, {HAVE, M, "{'Open': true, 'Due': 2000}", 0, V}},
     {{V, "wait", "'" M "' still uses it"}, {M, "delete", "go now", "ListTags Close"}},
     0,
     2},
    {"case_f5_belongings_do_not_keep_it",
     {{HAVE, V, "{}"}, {BELONGS, M, "{}", 0, V}, {BELONGS, "member/dev/us-east-1/v/n", "{}", 0, M}},
     {{V, "delete", NULL, "ListTags Delete", ""}, {M}},
     0,
     2},
    {"case_f5_belongings_of_others_are_their_use",
     {{HAVE, V, "{}"}, {HAVE, R, "{}", MARKS_NONE}, {BELONGS, M, "{}", 0, R " " V}},
     {{V, "blocked", "'" R "' still uses it"}},
     0,
     2},
    {"case_f6_access_goes_although_something_uses_it",
     {{HAVE, M, "{'Open': true}"}, {HAVE, R, "{}", MARKS_NONE, M}},
     {{M, "delete",
       "access and what runs go now; the member itself stays for now: '" R "' still uses it",
       "ListTags Close", ""}},
     0,
     2},
    {"case_f6_access_is_gone_already",
     {{HAVE, M, "{}"}, {HAVE, R, "{}", MARKS_NONE, M}},
     {{M, "blocked", "'" R "' still uses it"}},
     0,
     2},
    {"case_f1_stands_behind_the_deletes_of_its_users",
     {{HAVE, V, "{}"}, {HAVE, M, "{}", 0, V}},
     {{V, "delete", NULL, "ListTags Delete", M}, {M, "delete", NULL, "ListTags Delete", ""}},
     0,
     2},
    {"case_f1_stands_behind_updates_of_its_users",
     {{WANT, R, "{'Attached': []}"}, {HAVE, R, "{'Attached': ['p']}", 0, P}, {HAVE, P, ANYONE}},
     {{P, "delete", NULL, "ListTags Delete", R}, {R, "update", NULL, "Update", ""}},
     0,
     2},
    {"case_f1_edge_of_another_case",
     {{HAVE, "vault/dev/us-east-1/V", "{}"}, {HAVE, M, "{}", 0, V}},
     {{"vault/dev/us-east-1/V", "delete", NULL, "ListTags Delete", M}},
     0,
     2},
    {"case_f1_what_is_gone_uses_nothing",
     {{HAVE, V, "{}"}, {HAVE, M, "{'Status': 'Deleted'}", 0, V}},
     {{V, "delete", NULL, "ListTags Delete", ""}},
     0,
     2},
    {"case_f1_what_uses_itself",
     {{WANT, P, ANYONE}, {HAVE, P, ANYONE}, {HAVE, R, "{}", 0, R}},
     {{R, "delete", NULL, "ListTags Delete", ""}},
     1,
     2},
    {"case_f2_user_waits",
     {{HAVE, V, "{}"}, {HAVE, M, "{'Status': 'Updating'}", 0, V}},
     {{V, "wait", "'" M "' still uses it"}},
     0,
     2},
    {"case_f3_user_is_not_ours",
     {{HAVE, V, "{}"}, {HAVE, M, "{}", MARKS_NONE, V}},
     {{V, "blocked", "'" M "' still uses it"}},
     0,
     2},
    {"case_f3_user_is_in_sync",
     {{WANT, R, "{}"}, {HAVE, R, "{}", 0, P}, {HAVE, P, ANYONE}},
     {{P, "blocked", "'" R "' still uses it"}},
     1,
     2},
    {"case_f3_user_is_blocked",
     {{WANT, R, "{'Path': '/a/'}"}, {HAVE, R, "{'Path': '/b/'}", 0, P}, {HAVE, P, ANYONE}},
     {{P, "blocked", "'" R "' still uses it"}},
     0,
     2},
    {"case_f3_is_graver_than_f2",
     {{HAVE, V, "{}"},
      {HAVE, M, "{'Status': 'Updating'}", 0, V},
      {HAVE, "member/dev/us-east-1/v/z", "{}", MARKS_NONE, V}},
     {{V, "blocked", "'member/dev/us-east-1/v/z' still uses it"}},
     0,
     2},
    {"case_f3_goes_on_down_the_chain",
     {{HAVE, P, ANYONE}, {HAVE, R, "{}", 0, P}, {HAVE, M, "{}", MARKS_NONE, R}},
     {{R, "blocked", "'" M "' still uses it"}, {P, "blocked", "'" R "' still uses it"}},
     0,
     2},
    {"case_f4_circle_of_deletes",
     {{HAVE, R, "{}", 0, M}, {HAVE, M, "{}", 0, R}, {HAVE, P, ANYONE}},
     {{R, "blocked", "'" M "' uses it, as part of a circle"},
      {M, "blocked", "'" R "' uses it, as part of a circle"},
      {P, "delete", NULL, "ListTags Delete"}},
     0,
     2},
    {"case_f4_behind_a_circle",
     {{HAVE, R, "{}", 0, M " " P}, {HAVE, M, "{}", 0, R}, {HAVE, P, ANYONE}},
     {{R, "blocked", "'" M "' uses it, as part of a circle"},
      {P, "blocked", "'" R "' uses it, as part of a circle"}},
     0,
     2},
};

static void state_fact(struct world *world, const struct fact *fact)
{
    struct sk_document *document = NULL;
    switch (fact->what) {
    case WANT:
    case EXISTING:
    case ADOPT:
        document = world_want(world, fact->address, fact->body);
        document->flags = fact->what == EXISTING ? SK_DOCUMENT_EXISTING
                          : fact->what == ADOPT  ? SK_DOCUMENT_ADOPT
                                                 : 0;
        break;
    case HAVE:
    case BELONGS:
        document = world_have_as(world, fact->marks, fact->address, fact->body);
        document->flags = fact->what == BELONGS ? SK_DOCUMENT_BELONGS : 0;
        break;
    case HIDE:
        world_hide(world, fact->address);
        break;
    case RECENT:
        if (!world->recent)
            world->recent = json_object();
        json_object_set_new(world->recent, fact->address, json_string(fact->body));
        break;
    case YOUNG:
        world->young = json_pack("{s:s}", fact->address, fact->body);
        break;
    case END:
        break;
    }
    for (const char *at = fact->edges; document && at && *at;) {
        size_t length = strcspn(at, " ");
        sk_auto(sk_freep) char *edge = sk_xstrndup(at, length);
        sk_document_add_edge(document, edge);
        at += length + (at[length] == ' ');
    }
}

static char *operations_of(const struct sk_change *change)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; i < change->calls.count; i++)
        sk_buffer_addf(&text, "%s%s", i ? " " : "", change->calls.items[i].operation);
    return sk_buffer_take(&text);
}

static char *depends_of(const struct sk_change *change)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; i < json_array_size(change->depends); i++)
        sk_buffer_addf(&text, "%s%s", i ? " " : "",
                       json_string_value(json_array_get(change->depends, i)));
    return sk_buffer_take(&text);
}

static void check_change(const struct sk_plan *plan, const struct expected *expected)
{
    const struct sk_change *change = sk_plan_find(plan, expected->address);
    if (!expected->action) {
        assert_null(change);
        return;
    }
    if (!change)
        fail_msg("'%s' is not in the plan", expected->address);
    assert_string_equal(sk_action_name(change->action), expected->action);
    if (!expected->reason)
        assert_null(change->reason);
    else if (!change->reason || !strstr(change->reason, expected->reason))
        fail_msg("'%s': reason is '%s'", expected->address, change->reason);
    sk_auto(sk_freep) char *operations = operations_of(change);
    assert_string_equal(operations, expected->calls ? expected->calls : "");
    if (expected->depends) {
        sk_auto(sk_freep) char *depends = depends_of(change);
        assert_string_equal(depends, expected->depends);
    }
}

/* The exit code of `plan` (DESIGN.md 8) as far as the plan alone decides it. */
static int exit_of(const struct sk_plan *plan)
{
    int code = plan->count > 0 ? 2 : 0;
    for (size_t i = 0; i < plan->count; i++)
        code = plan->items[i].partial ? 4 : code;
    return code;
}

static void run_row(void **state)
{
    const struct row *row = *state;
    struct world world = {0};
    for (const struct fact *fact = row->facts; fact->what != END; fact++)
        state_fact(&world, fact);
    struct sk_plan *plan = world_plan(&world);
    for (const struct expected *expected = row->expected; expected->address; expected++)
        check_change(plan, expected);
    assert_int_equal(plan->in_sync, row->in_sync);
    assert_int_equal(exit_of(plan), row->exit);
    sk_plan_free(plan);
    world_done(&world);
}

/* What the rows do not say. */

static void empty_plan(void **state)
{
    (void)state;
    struct world world = {0};
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(plan->count, 0);
    assert_false(sk_plan_has_work(plan));
    json_auto_t *json = sk_plan_to_json(plan);
    assert_int_equal(json_array_size(json_object_get(json, "changes")), 0);
    sk_plan_free(plan);
    world_done(&world);
}

static void circle_of_references_is_named(void **state)
{
    (void)state;
    struct world world = {0};
    sk_document_add_edge(world_want(&world, "role/dev/global/a", "{}"), "role/dev/global/b");
    sk_document_add_edge(world_want(&world, "role/dev/global/b", "{}"), "role/dev/global/c");
    sk_document_add_edge(world_want(&world, "role/dev/global/c", "{}"), "role/dev/global/b");
    sk_document_add_edge(world_want(&world, "role/dev/global/d", "{}"), "role/dev/global/d");
    enum sk_errc code;
    sk_auto(sk_freep) char *message = world_plan_error(&world, &code);
    assert_int_equal(code, SK_E_INVALID);
    assert_string_equal(message, "circle of references: 'role/dev/global/b' needs "
                                 "'role/dev/global/c' needs 'role/dev/global/b'");
    world_done(&world);
}

static void what_needs_itself_is_no_circle(void **state)
{
    (void)state;
    struct world world = {0};
    sk_document_add_edge(world_want(&world, R, "{}"), R);
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(plan->counts[SK_ACTION_CREATE], 1);
    assert_int_equal(json_array_size(plan->items[0].depends), 0);
    sk_plan_free(plan);
    world_done(&world);
}

static void failing_kind_names_the_address(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, R, "{'Broken': 'yes'}");
    enum sk_errc code;
    sk_auto(sk_freep) char *message = world_plan_error(&world, &code);
    assert_int_equal(code, SK_E_INVALID);
    assert_string_equal(message, "'" R "': broken body");
    world_done(&world);
}

static void unknown_account_is_a_defect(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, "role/staging/global/r", "{}");
    enum sk_errc code;
    sk_auto(sk_freep) char *message = world_plan_error(&world, &code);
    assert_int_equal(code, SK_E_INTERNAL);
    assert_string_equal(message, "'role/staging/global/r' names no known account");
    world_done(&world);
}

static void severity_is_the_gravest_field(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, V, "{'Image': 'x', 'Groups': ['a'], 'Settings': {'Alias': 'b'}}");
    world_have(&world, V, "{'Groups': []}");
    world_want(&world, R, "{'Description': 'x'}");
    world_have(&world, R, "{}");
    world_have(&world, "vault/dev/us-east-1/old", "{}");
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(sk_plan_find(plan, V)->severity, SK_SEVERITY_HIGH);
    assert_int_equal(sk_plan_find(plan, R)->severity, SK_SEVERITY_LOW);
    assert_int_equal(sk_plan_find(plan, "vault/dev/us-east-1/old")->severity, SK_SEVERITY_HIGH);
    sk_plan_free(plan);
    world_done(&world);
}

static void access_of_updates(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want, *have;
        int access;
    } cases[] = {
        {"attachment goes", "{'Attached': ['a']}", "{'Attached': ['a', 'b']}", -1},
        {"last attachment goes", "{'Attached': []}", "{'Attached': ['a']}", -1},
        {"attachments cleared", "{'Attached': null}", "{'Attached': ['a']}", -1},
        {"attachment comes", "{'Attached': ['a', 'b']}", "{'Attached': ['a']}", 1},
        {"first attachment comes", "{'Attached': ['a']}", "{'Attached': []}", 1},
        {"attachment replaced", "{'Attached': ['a']}", "{'Attached': ['b']}", 0},
        {"boundary comes", "{'Boundary': 'b'}", "{}", -1},
        {"boundary goes", "{'Boundary': null}", "{'Boundary': 'b'}", 1},
        {"boundary replaced", "{'Boundary': 'b'}", "{'Boundary': 'c'}", 0},
        {"inline policy goes", "{'Inline': {}}", "{'Inline': {'x': {'Statement': []}}}", -1},
        {"inline policy comes", "{'Inline': {'x': {'Statement': []}}}", "{}", 1},
        {"one goes, one comes", "{'Attached': ['a'], 'Inline': {}}",
         "{'Attached': [], 'Inline': {'x': {'Statement': []}}}", 0},
        {"nothing of access", "{'Duration': 1}", "{}", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world world = {0};
        world_want(&world, R, cases[i].want);
        world_have(&world, R, cases[i].have);
        struct sk_plan *plan = world_plan(&world);
        if (plan->count != 1 || plan->items[0].access != cases[i].access)
            fail_msg("%s: access %d", cases[i].name, plan->count ? plan->items[0].access : -9);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static void creates_grant_and_deletes_take(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, R, "{}");
    world_want(&world, V, "{}");
    world_have(&world, P, ANYONE);
    struct sk_plan *plan = world_plan(&world);
    assert_int_equal(sk_plan_find(plan, R)->access, 1);
    assert_int_equal(sk_plan_find(plan, V)->access, 0);
    assert_int_equal(sk_plan_find(plan, P)->access, -1);
    assert_string_equal(plan->items[0].address, P);
    assert_string_equal(plan->items[2].address, R);
    sk_plan_free(plan);
    world_done(&world);
}

static void calls_go_to_the_region_of_the_kind(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, R, "{}");
    world_want(&world, "vault/prod/eu-west-1/v", "{}");
    struct sk_plan *plan = world_plan(&world);
    assert_string_equal(sk_plan_find(plan, R)->calls.items[0].region, "global");
    const struct sk_change *vault = sk_plan_find(plan, "vault/prod/eu-west-1/v");
    assert_string_equal(vault->calls.items[0].region, "eu-west-1");
    json_auto_t *json = sk_change_to_json(vault);
    const json_t *call = json_array_get(json_object_get(json, "calls"), 0);
    assert_string_equal(sk_json_text(call, "account"), "prod");
    assert_string_equal(sk_json_text(call, "capture.Id"), "Id");
    sk_plan_free(plan);
    world_done(&world);
}

static void fingerprint_follows_the_live_body(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, R, "{'Duration': 1}");
    struct sk_document *live = world_have(&world, R, "{}");
    world_want(&world, V, "{}");
    struct sk_plan *before = world_plan(&world);
    assert_string_equal(sk_plan_find(before, V)->fingerprint, "");
    json_object_set_new(live->body, "LastModifiedTime", json_integer(7));
    struct sk_plan *after = world_plan(&world);
    assert_string_not_equal(sk_plan_find(before, R)->fingerprint,
                            sk_plan_find(after, R)->fingerprint);
    assert_string_equal(before->digest, after->digest);
    sk_plan_free(before);
    sk_plan_free(after);
    world_done(&world);
}

static void references_stay_unresolved_in_calls(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, M, IN_V);
    world_want(&world, V, "{}");
    world_have(&world, V, "{'VaultId': 'v-1'}");
    struct sk_plan *plan = world_plan(&world);
    const struct sk_change *change = sk_plan_find(plan, M);
    assert_string_equal(sk_json_text(change->calls.items[0].input, "Body.VaultId.$ref"), V);
    sk_plan_free(plan);
    world_done(&world);
}

/* A change of what an unread vault is called must not read as a change of an immutable field. */
static void unknown_reference_is_no_immutable_change(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, M, IN_V);
    world_have(&world, M, "{'VaultId': 'v-1'}");
    world_want(&world, V, "{}");
    world_hide(&world, "vault/dev/us-east-1");
    struct sk_plan *plan = world_plan(&world);
    const struct sk_change *change = sk_plan_find(plan, M);
    assert_int_equal(change->action, SK_ACTION_BLOCKED);
    assert_true(change->partial);
    assert_non_null(strstr(change->reason, "which is blocked"));
    sk_plan_free(plan);
    world_done(&world);
}

#define ROW_COUNT (sizeof(rows) / sizeof(*rows))

int main(void)
{
    sk_alloc_init();
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(empty_plan),
        cmocka_unit_test(circle_of_references_is_named),
        cmocka_unit_test(what_needs_itself_is_no_circle),
        cmocka_unit_test(failing_kind_names_the_address),
        cmocka_unit_test(unknown_account_is_a_defect),
        cmocka_unit_test(severity_is_the_gravest_field),
        cmocka_unit_test(access_of_updates),
        cmocka_unit_test(creates_grant_and_deletes_take),
        cmocka_unit_test(calls_go_to_the_region_of_the_kind),
        cmocka_unit_test(fingerprint_follows_the_live_body),
        cmocka_unit_test(references_stay_unresolved_in_calls),
        cmocka_unit_test(unknown_reference_is_no_immutable_change),
    };
    static struct CMUnitTest tests[ROW_COUNT + sizeof(others) / sizeof(*others)];
    for (size_t i = 0; i < ROW_COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = run_row, .initial_state = (void *)&rows[i]};
    memcpy(tests + ROW_COUNT, others, sizeof(others));
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
