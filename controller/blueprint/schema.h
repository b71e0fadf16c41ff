/* The kinds of manifest and their schema tables: the truth about what may be written, also for the
 * reference page. */
#ifndef SK_BLUEPRINT_SCHEMA_H
#define SK_BLUEPRINT_SCHEMA_H

#include "manifest/schema.h"

/* Organization, Domain, Team, User, Approval. Static. */
const struct sk_schema *sk_blueprint_schema(void);

/* Members of AWS's API that manifests pass through (SageMaker, CreateDomain and CreateSpace): tables
 * of fields, the shapes UserSettings, DefaultSpaceSettings, SpaceSettings and DomainSettings. */
extern const struct sk_schema_field sk_schema_user_settings[];
extern const struct sk_schema_field sk_schema_space_settings[];
extern const struct sk_schema_field sk_schema_own_space_settings[];
extern const struct sk_schema_field sk_schema_domain_settings[];

#endif
