/* Attribute rows for UserSettings, which domains (DefaultUserSettings) and profiles share, and for
 * the part of them that DefaultSpaceSettings has; and what the rows cannot say. Source: aws-api.md
 * 5.4, and the UserSettings and DefaultSpaceSettings shapes of the SageMaker API model.
 *
 * A row stands for everything below it; what has no row of its own is compared leaf by leaf and
 * cannot be cleared. Every list has a row, or its order would count. */
#ifndef SK_RECONCILERS_SAGEMAKER_SETTINGS_H
#define SK_RECONCILERS_SAGEMAKER_SETTINGS_H

#include "plan/kind.h"

#define SK_ROW_LIST(row_path, row_severity, row_doc)                                               \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_LIST, .clear = SK_CLEAR_EMPTY_LIST,                      \
        .severity = row_severity, .doc = row_doc                                                   \
    }
#define SK_ROW_SET(row_path, row_severity, row_doc)                                                \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_SET, .clear = SK_CLEAR_EMPTY_LIST,                       \
        .severity = row_severity, .doc = row_doc                                                   \
    }
/* Emptied by sending a literal. */
#define SK_ROW_CLEARED_BY(row_path, literal, row_severity, row_doc)                                \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_VALUE, .clear = SK_CLEAR_VALUE, .clear_value = literal,  \
        .severity = row_severity, .doc = row_doc                                                   \
    }
/* The same, for a literal that is what AWS takes when nothing is set: "None" for ARNs, the default
 * of an enumeration. */
#define SK_ROW_DEFAULT(row_path, literal, row_severity, row_doc)                                   \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_VALUE, .clear = SK_CLEAR_VALUE, .clear_value = literal,  \
        .server_default = literal, .severity = row_severity, .doc = row_doc                        \
    }
/* Compared and sent whole: AWS requires all its members together. */
#define SK_ROW_WHOLE(row_path, row_severity, row_doc)                                              \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_VALUE, .severity = row_severity, .doc = row_doc          \
    }

#define SK_ROWS_RESOURCE_SPEC(app)                                                                 \
    SK_ROW_DEFAULT(app ".DefaultResourceSpec.SageMakerImageVersionArn", "None", SK_SEVERITY_LOW,   \
                   "Default image version."),                                                      \
        SK_ROW_DEFAULT(app ".DefaultResourceSpec.LifecycleConfigArn", "None", SK_SEVERITY_MEDIUM,  \
                       "Default lifecycle configuration."),                                        \
        SK_ROW_DEFAULT(app ".DefaultResourceSpec.TrainingPlanArn", "None", SK_SEVERITY_LOW,        \
                       "Reserved capacity.")
#define SK_ROW_CUSTOM_IMAGES(app)                                                                  \
    SK_ROW_LIST(app ".CustomImages", SK_SEVERITY_MEDIUM, "Custom images, in the order shown.")
#define SK_ROW_LIFECYCLES(app)                                                                     \
    SK_ROW_SET(app ".LifecycleConfigArns", SK_SEVERITY_MEDIUM, "Lifecycle configurations.")
#define SK_ROW_REPOSITORIES(app)                                                                   \
    SK_ROW_SET(app ".CodeRepositories", SK_SEVERITY_LOW, "Suggested repositories.")
/* Of the two apps that run in spaces of their own. */
#define SK_ROWS_LAB_APP(app)                                                                       \
    SK_ROW_LIFECYCLES(app), SK_ROW_CUSTOM_IMAGES(app),                                             \
        SK_ROW_DEFAULT(app ".BuiltInLifecycleConfigArn", "None", SK_SEVERITY_LOW,                  \
                       "Built-in lifecycle configuration."),                                       \
        SK_ROW_DEFAULT(app ".AppLifecycleManagement.IdleSettings.LifecycleManagement", "DISABLED", \
                       SK_SEVERITY_MEDIUM, "Whether idle apps are shut down."),                    \
        SK_ROWS_RESOURCE_SPEC(app)

/* Of both UserSettings and DefaultSpaceSettings. */
#define SK_ROWS_COMMON_SETTINGS(settings)                                                          \
    {.path = settings,                                                                             \
     .type = SK_ATTR_TREE,                                                                         \
     .severity = SK_SEVERITY_MEDIUM,                                                               \
     .doc = "Settings; only what is declared is compared."},                                       \
        {.path = settings ".ExecutionRole",                                                        \
         .type = SK_ATTR_VALUE,                                                                    \
         .flags = SK_ATTR_GRANTS,                                                                  \
         .severity = SK_SEVERITY_HIGH,                                                             \
         .doc = "ARN of the role that apps run as; running apps keep the old one."},               \
        SK_ROW_SET(settings ".SecurityGroups", SK_SEVERITY_HIGH,                                   \
                   "Security groups, added to the domain's; at most 4 usable."),                   \
        SK_ROW_LIFECYCLES(settings ".JupyterServerAppSettings"),                                   \
        SK_ROW_REPOSITORIES(settings ".JupyterServerAppSettings"),                                 \
        SK_ROWS_RESOURCE_SPEC(settings ".JupyterServerAppSettings"),                               \
        SK_ROW_LIFECYCLES(settings ".KernelGatewayAppSettings"),                                   \
        SK_ROW_CUSTOM_IMAGES(settings ".KernelGatewayAppSettings"),                                \
        SK_ROWS_RESOURCE_SPEC(settings ".KernelGatewayAppSettings"),                               \
        SK_ROWS_LAB_APP(settings ".JupyterLabAppSettings"),                                        \
        SK_ROW_REPOSITORIES(settings ".JupyterLabAppSettings"),                                    \
        SK_ROW_SET(settings ".JupyterLabAppSettings.EmrSettings.AssumableRoleArns",                \
                   SK_SEVERITY_HIGH, "Roles of other accounts for EMR."),                          \
        SK_ROW_SET(settings ".JupyterLabAppSettings.EmrSettings.ExecutionRoleArns",                \
                   SK_SEVERITY_HIGH, "Runtime roles offered for EMR."),                            \
        SK_ROW_LIST(settings ".CustomFileSystemConfigs", SK_SEVERITY_HIGH,                         \
                    "File systems mounted into spaces."),                                          \
        SK_ROW_WHOLE(settings ".CustomPosixUserConfig", SK_SEVERITY_HIGH,                          \
                     "Uid and Gid, both or none."),                                                \
        SK_ROW_WHOLE(settings ".SpaceStorageSettings.DefaultEbsStorageSettings", SK_SEVERITY_LOW,  \
                     "Default and maximum volume size in GB, both or none.")

/* Only of UserSettings. `mount_default` is what AutoMountHomeEFS is when nothing is set. */
#define SK_ROWS_USER_SETTINGS(settings, mount_default)                                             \
    SK_ROWS_COMMON_SETTINGS(settings), SK_ROWS_LAB_APP(settings ".CodeEditorAppSettings"),         \
        SK_ROW_CUSTOM_IMAGES(settings ".RSessionAppSettings"),                                     \
        SK_ROWS_RESOURCE_SPEC(settings ".RSessionAppSettings"),                                    \
        SK_ROWS_RESOURCE_SPEC(settings ".TensorBoardAppSettings"),                                 \
        SK_ROW_LIST(settings ".CanvasAppSettings.IdentityProviderOAuthSettings",                   \
                    SK_SEVERITY_MEDIUM, "Data sources that Canvas signs in to."),                  \
        SK_ROW_DEFAULT(settings ".SharingSettings.NotebookOutputOption", "Disabled",               \
                       SK_SEVERITY_MEDIUM, "Whether output is shared with notebooks."),            \
        SK_ROW_CLEARED_BY(settings ".StudioWebPortal", "ENABLED", SK_SEVERITY_MEDIUM,              \
                          "Whether the new Studio is reachable."),                                 \
        SK_ROW_DEFAULT(settings ".AutoMountHomeEFS", mount_default, SK_SEVERITY_MEDIUM,            \
                       "Whether the home file system is mounted."),                                \
        SK_ROW_DEFAULT(settings ".StudioWebPortalSettings.ExecutionRoleSessionNameMode", "STATIC", \
                       SK_SEVERITY_HIGH, "Whether sessions are named after the user."),            \
        SK_ROW_SET(settings ".StudioWebPortalSettings.HiddenMlTools", SK_SEVERITY_LOW,             \
                   "Tools not shown; no access control."),                                         \
        SK_ROW_SET(settings ".StudioWebPortalSettings.HiddenAppTypes", SK_SEVERITY_LOW,            \
                   "App types not shown; no access control."),                                     \
        SK_ROW_SET(settings ".StudioWebPortalSettings.HiddenInstanceTypes", SK_SEVERITY_LOW,       \
                   "Instance types not shown; no access control."),                                \
        SK_ROW_LIST(settings ".StudioWebPortalSettings.HiddenSageMakerImageVersionAliases",        \
                    SK_SEVERITY_LOW, "Images not shown; no access control.")

/* The changed leaves below `prefix` ("UserSettings") as an update call takes them, with the
 * siblings that AWS requires. After a failed update everything declared is sent again. New; NULL
 * when there is nothing to send. */
json_t *sk_settings_patch(const struct sk_change_input *input, const char *prefix);
/* Adds to `settings` (part of a call's input; NULL is fine) the siblings that AWS requires: from
 * `desired`, else from `live` (settings likewise; may be NULL). */
void sk_settings_complete(json_t *settings, const json_t *desired, const json_t *live);
/* What AWS would refuse in body's member `prefix` whatever the live settings are. SK_E_INVALID. */
int sk_settings_check(const json_t *body, const char *prefix, struct sk_err *err) SK_WARN_UNUSED;

#endif
