/* Settings of Studio as the SageMaker API names them (CreateDomain: UserSettings,
 * DefaultSpaceSettings, DomainSettings; CreateSpace: SpaceSettings), read from the service model of botocore 1.43.67.
 * Enumerations that AWS extends often (instance types, tools of the web portal) are checked by form
 * only.
 *
 * Left out on purpose: UnifiedStudioSettings (setting it moves the domain to another product for
 * good), AmazonQSettings and TrustedIdentityPropagationSettings (SSO domains only). */
#include "blueprint/schema.h"

#define KMS_KEY  "^[a-zA-Z0-9:/_-]{1,2048}$"
#define ROLE_ARN "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/_-]+$"
#define LIFECYCLE_ARN                                                                              \
    "^(arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:studio-lifecycle-config/.+|None)$"
#define IMAGE_ARN "^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:image/[a-zA-Z0-9.-]+$"
#define IMAGE_VERSION                                                                              \
    "^(arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:image-version/[a-z0-9.-]+/[0-9]+|None)$"
#define TRAINING_PLAN  "^(arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:training-plan/.+|None)$"
#define SECRET_ARN     "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]*:[0-9]{12}:secret:.+$"
#define INSTANCE_TYPE  "^(system|ml\\.[a-z0-9-]+\\.[a-z0-9]+)$"
#define SAGEMAKER_NAME "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$"
#define IMAGE_NAME     "^[a-zA-Z0-9]([-.]?[a-zA-Z0-9])*$"
#define FILE_SYSTEM    "^fs-[0-9a-f]{8,}$"

/* Every setting may be null: "clear it". Members that AWS requires inside their parent may not. */
#define TEXT_ROW(name_, pattern_, expects_, doc_)                                                  \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_TEXT, .flags = SK_SCHEMA_NULLABLE,                      \
        .pattern = (pattern_), .expects = (expects_), .doc = (doc_)                                \
    }
#define REQUIRED_ROW(name_, pattern_, expects_, doc_)                                              \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_TEXT, .flags = SK_SCHEMA_REQUIRED,                      \
        .pattern = (pattern_), .expects = (expects_), .doc = (doc_)                                \
    }
#define WORD_ROW(name_, values_, doc_)                                                             \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_TEXT, .flags = SK_SCHEMA_NULLABLE, .values = (values_), \
        .doc = (doc_)                                                                              \
    }
#define NUMBER_ROW(name_, flags_, min_, max_, doc_)                                                \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_INTEGER, .flags = (flags_), .min = (min_),              \
        .max = (max_), .doc = (doc_)                                                               \
    }
#define OBJECT_ROW(name_, fields_, doc_)                                                           \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_OBJECT, .flags = SK_SCHEMA_NULLABLE,                    \
        .fields = (fields_), .doc = (doc_)                                                         \
    }
#define SHAPE_ROW(name_, shape_, fields_, doc_)                                                    \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_OBJECT, .flags = SK_SCHEMA_NULLABLE, .shape = (shape_), \
        .fields = (fields_), .doc = (doc_)                                                         \
    }
#define LIST_ROW(name_, item_, max_, doc_)                                                         \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_LIST, .flags = SK_SCHEMA_NULLABLE, .item = (item_),     \
        .max = (max_), .doc = (doc_)                                                               \
    }

static const char *const enabled_words[] = {"ENABLED", "DISABLED", NULL};
static const char *const notebook_output_words[] = {"Allowed", "Disabled", NULL};
static const char *const rstudio_group_words[] = {"R_STUDIO_ADMIN", "R_STUDIO_USER", NULL};
static const char *const oauth_source_words[] = {"SalesforceGenie", "Snowflake", NULL};
static const char *const mount_words[] = {"Enabled", "Disabled", "DefaultAsDomain", NULL};
static const char *const session_name_words[] = {"STATIC", "USER_IDENTITY", NULL};
static const char *const identity_words[] = {"USER_PROFILE_NAME", "DISABLED", NULL};
static const char *const address_words[] = {"ipv4", "dualstack", NULL};
static const char *const distribution_words[] = {"sagemaker_distribution", NULL};
static const char *const app_type_words[] = {
    "JupyterServer", "KernelGateway",    "DetailedProfiler", "TensorBoard", "CodeEditor",
    "JupyterLab",    "RStudioServerPro", "RSessionGateway",  "Canvas",      NULL};

static const struct sk_schema_field security_group = {
    .type = SK_SCHEMA_TEXT, .pattern = "^sg-[0-9a-z]+$", .expects = "a security group id (sg-…)"};
static const struct sk_schema_field lifecycle_arn = {
    .type = SK_SCHEMA_TEXT,
    .pattern = LIFECYCLE_ARN,
    .expects = "the ARN of a Studio lifecycle configuration, or None"};
static const struct sk_schema_field role_arn = {
    .type = SK_SCHEMA_TEXT, .pattern = ROLE_ARN, .expects = "the ARN of a role"};
static const struct sk_schema_field app_type = {.type = SK_SCHEMA_TEXT, .values = app_type_words};
static const struct sk_schema_field instance_type = {
    .type = SK_SCHEMA_TEXT,
    .pattern = INSTANCE_TYPE,
    .expects = "an instance type (ml.t3.medium) or system"};
static const struct sk_schema_field tool = {.type = SK_SCHEMA_TEXT,
                                            .pattern = "^[A-Z][A-Za-z0-9]+$",
                                            .expects = "the name of a tool (JumpStart)"};
static const struct sk_schema_field version_alias = {
    .type = SK_SCHEMA_TEXT, .pattern = "^[0-9]+\\.[0-9]+$", .expects = "a version (1.9)"};
static const struct sk_schema_field account_id = {
    .type = SK_SCHEMA_TEXT, .pattern = "^[0-9]{12}$", .expects = "12 digits"};

static const struct sk_schema_field resource_spec_rows[] = {
    TEXT_ROW("InstanceType", INSTANCE_TYPE, "an instance type (ml.t3.medium) or system",
             "Instance type that an app starts on."),
    TEXT_ROW("SageMakerImageArn", IMAGE_ARN, "the ARN of a SageMaker image", "Image."),
    TEXT_ROW("SageMakerImageVersionArn", IMAGE_VERSION,
             "the ARN of a SageMaker image version, or None", "Version of the image."),
    TEXT_ROW("SageMakerImageVersionAlias", "^[0-9]+(\\.[0-9]+)*[-+.0-9A-Za-z]*$",
             "a version alias (1.9.2)", "Alias of the image version."),
    TEXT_ROW("LifecycleConfigArn", LIFECYCLE_ARN,
             "the ARN of a Studio lifecycle configuration, or None",
             "Default lifecycle configuration; it must also be in `LifecycleConfigArns`."),
    TEXT_ROW("TrainingPlanArn", TRAINING_PLAN, "the ARN of a training plan, or None",
             "Training plan whose capacity is used."),
    {0},
};
#define RESOURCE_SPEC                                                                              \
    SHAPE_ROW("DefaultResourceSpec", "ResourceSpec", resource_spec_rows,                           \
              "Instance type and image that apps start with.")

static const struct sk_schema_field custom_image_rows[] = {
    {.name = "ImageName",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = IMAGE_NAME,
     .expects = "an image name",
     .min = 1,
     .max = 63,
     .doc = "SageMaker image."},
    NUMBER_ROW("ImageVersionNumber", SK_SCHEMA_NULLABLE, 0, 2147483647, "Version of the image."),
    {.name = "AppImageConfigName",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = SAGEMAKER_NAME,
     .expects = "the name of an app image configuration",
     .min = 1,
     .max = 63,
     .doc = "How the image is run."},
    {0},
};
static const struct sk_schema_field custom_image = {
    .type = SK_SCHEMA_OBJECT, .shape = "CustomImage", .fields = custom_image_rows};
#define CUSTOM_IMAGES LIST_ROW("CustomImages", &custom_image, 200, "Images offered; order counts.")
#define LIFECYCLE_ARNS                                                                             \
    LIST_ROW("LifecycleConfigArns", &lifecycle_arn, 0, "Lifecycle configurations offered.")

static const struct sk_schema_field code_repository_rows[] = {
    REQUIRED_ROW("RepositoryUrl", "^https://.{3,1016}$", "an https URL", "Git repository."),
    {0},
};
static const struct sk_schema_field code_repository = {.type = SK_SCHEMA_OBJECT,
                                                       .fields = code_repository_rows};
#define CODE_REPOSITORIES                                                                          \
    LIST_ROW("CodeRepositories", &code_repository, 10, "Git repositories suggested to users.")

static const struct sk_schema_field idle_rows[] = {
    WORD_ROW("LifecycleManagement", enabled_words, "Whether idle apps are shut down."),
    NUMBER_ROW("IdleTimeoutInMinutes", SK_SCHEMA_NULLABLE, 60, 525600,
               "Minutes without activity before an app is shut down."),
    NUMBER_ROW("MinIdleTimeoutInMinutes", SK_SCHEMA_NULLABLE, 60, 525600,
               "The least a user may choose."),
    NUMBER_ROW("MaxIdleTimeoutInMinutes", SK_SCHEMA_NULLABLE, 60, 525600,
               "The most a user may choose."),
    {0},
};
static const struct sk_schema_field app_lifecycle_rows[] = {
    OBJECT_ROW("IdleSettings", idle_rows, "Shutdown of idle apps."),
    {0},
};
#define APP_LIFECYCLE                                                                              \
    SHAPE_ROW("AppLifecycleManagement", "AppLifecycleManagement", app_lifecycle_rows,              \
              "When apps end by themselves.")
#define BUILT_IN_LIFECYCLE                                                                         \
    TEXT_ROW("BuiltInLifecycleConfigArn", LIFECYCLE_ARN,                                           \
             "the ARN of a Studio lifecycle configuration, or None",                               \
             "Lifecycle configuration that runs before any other.")

static const struct sk_schema_field emr_rows[] = {
    LIST_ROW("AssumableRoleArns", &role_arn, 5, "Roles of other accounts for EMR clusters."),
    LIST_ROW("ExecutionRoleArns", &role_arn, 5, "Runtime roles offered for EMR."),
    {0},
};

static const struct sk_schema_field jupyter_server_rows[] = {
    RESOURCE_SPEC,
    LIFECYCLE_ARNS,
    CODE_REPOSITORIES,
    {0},
};
static const struct sk_schema_field kernel_gateway_rows[] = {
    RESOURCE_SPEC,
    CUSTOM_IMAGES,
    LIFECYCLE_ARNS,
    {0},
};
static const struct sk_schema_field jupyter_lab_rows[] = {
    RESOURCE_SPEC,      CUSTOM_IMAGES,
    LIFECYCLE_ARNS,     CODE_REPOSITORIES,
    APP_LIFECYCLE,      OBJECT_ROW("EmrSettings", emr_rows, "Access to EMR clusters."),
    BUILT_IN_LIFECYCLE, {0},
};
static const struct sk_schema_field code_editor_rows[] = {
    RESOURCE_SPEC, CUSTOM_IMAGES, LIFECYCLE_ARNS, APP_LIFECYCLE, BUILT_IN_LIFECYCLE, {0},
};
static const struct sk_schema_field tensor_board_rows[] = {
    RESOURCE_SPEC,
    {0},
};
static const struct sk_schema_field rsession_rows[] = {
    RESOURCE_SPEC,
    CUSTOM_IMAGES,
    {0},
};
static const struct sk_schema_field rstudio_rows[] = {
    WORD_ROW("AccessStatus", enabled_words, "Whether the user may open RStudio."),
    WORD_ROW("UserGroup", rstudio_group_words, "What the user may do in RStudio."),
    {0},
};

static const struct sk_schema_field sharing_rows[] = {
    WORD_ROW("NotebookOutputOption", notebook_output_words,
             "Whether a shared notebook keeps its output."),
    TEXT_ROW("S3OutputPath", "^(https|s3)://[^/]+/?.*$", "an S3 location (s3://bucket/prefix)",
             "Where snapshots of shared notebooks go."),
    TEXT_ROW("S3KmsKeyId", KMS_KEY, "the id or ARN of a KMS key", "Key for the snapshots."),
    {0},
};

static const struct sk_schema_field time_series_rows[] = {
    WORD_ROW("Status", enabled_words, "Time series forecasting in Canvas."),
    TEXT_ROW("AmazonForecastRoleArn", ROLE_ARN, "the ARN of a role", "Role for Amazon Forecast."),
    {0},
};
static const struct sk_schema_field model_register_rows[] = {
    WORD_ROW("Status", enabled_words, "Registering of models from Canvas."),
    TEXT_ROW("CrossAccountModelRegisterRoleArn", ROLE_ARN, "the ARN of a role",
             "Role for a registry in another account."),
    {0},
};
static const struct sk_schema_field workspace_rows[] = {
    TEXT_ROW("S3ArtifactPath", "^(https|s3)://[^/]+/?.*$", "an S3 location (s3://bucket/prefix)",
             "Where Canvas keeps its artefacts."),
    TEXT_ROW("S3KmsKeyId", KMS_KEY, "the id or ARN of a KMS key", "Key for the artefacts."),
    {0},
};
static const struct sk_schema_field oauth_rows[] = {
    WORD_ROW("DataSourceName", oauth_source_words, "Data source."),
    WORD_ROW("Status", enabled_words, "Whether it is on."),
    TEXT_ROW("SecretArn", SECRET_ARN, "the ARN of a secret", "Secret with the OAuth client."),
    {0},
};
static const struct sk_schema_field oauth = {.type = SK_SCHEMA_OBJECT, .fields = oauth_rows};
static const struct sk_schema_field status_rows[] = {
    WORD_ROW("Status", enabled_words, "Whether it is on."),
    {0},
};
static const struct sk_schema_field generative_rows[] = {
    TEXT_ROW("AmazonBedrockRoleArn", ROLE_ARN, "the ARN of a role", "Role for Amazon Bedrock."),
    {0},
};
static const struct sk_schema_field emr_serverless_rows[] = {
    TEXT_ROW("ExecutionRoleArn", ROLE_ARN, "the ARN of a role", "Runtime role."),
    WORD_ROW("Status", enabled_words, "Whether it is on."),
    {0},
};
static const struct sk_schema_field canvas_rows[] = {
    OBJECT_ROW("TimeSeriesForecastingSettings", time_series_rows, "Time series forecasting."),
    OBJECT_ROW("ModelRegisterSettings", model_register_rows, "Model registry."),
    OBJECT_ROW("WorkspaceSettings", workspace_rows, "Storage of Canvas."),
    LIST_ROW("IdentityProviderOAuthSettings", &oauth, 20, "Data sources with OAuth."),
    OBJECT_ROW("DirectDeploySettings", status_rows, "Deployment of models from Canvas."),
    OBJECT_ROW("KendraSettings", status_rows, "Document querying."),
    OBJECT_ROW("GenerativeAiSettings", generative_rows, "Generative models."),
    OBJECT_ROW("EmrServerlessSettings", emr_serverless_rows, "Large data processing."),
    {0},
};

static const struct sk_schema_field ebs_rows[] = {
    NUMBER_ROW("DefaultEbsVolumeSizeInGb", SK_SCHEMA_REQUIRED, 5, 16384, "Size of a new volume."),
    NUMBER_ROW("MaximumEbsVolumeSizeInGb", SK_SCHEMA_REQUIRED, 5, 16384,
               "The most a user may choose."),
    {0},
};
static const struct sk_schema_field storage_rows[] = {
    OBJECT_ROW("DefaultEbsStorageSettings", ebs_rows, "Volumes of private spaces."),
    {0},
};
static const struct sk_schema_field posix_rows[] = {
    NUMBER_ROW("Uid", SK_SCHEMA_REQUIRED, 10000, 4000000, "User id on file systems."),
    NUMBER_ROW("Gid", SK_SCHEMA_REQUIRED, 1001, 4000000, "Group id on file systems."),
    {0},
};
static const struct sk_schema_field file_system_rows[] = {
    REQUIRED_ROW("FileSystemId", FILE_SYSTEM, "a file system id (fs-…)", "File system."),
    TEXT_ROW("FileSystemPath", "^/[^ ]*$", "an absolute path", "Folder that is mounted."),
    {0},
};
static const struct sk_schema_field s3_file_system_rows[] = {
    REQUIRED_ROW("S3Uri", "^s3://[^/]+/?.*$", "an S3 location (s3://bucket/prefix)",
                 "Bucket and prefix."),
    TEXT_ROW("MountPath", "^/[^ ]*$", "an absolute path", "Where it is mounted."),
    {0},
};
static const struct sk_schema_field file_system_config_rows[] = {
    OBJECT_ROW("EFSFileSystemConfig", file_system_rows, "An EFS file system."),
    OBJECT_ROW("FSxLustreFileSystemConfig", file_system_rows, "An FSx for Lustre file system."),
    OBJECT_ROW("S3FileSystemConfig", s3_file_system_rows, "An S3 prefix."),
    {0},
};
static const struct sk_schema_field file_system_config = {
    .type = SK_SCHEMA_OBJECT, .shape = "CustomFileSystemConfig", .fields = file_system_config_rows};

static const struct sk_schema_field hidden_image_rows[] = {
    WORD_ROW("SageMakerImageName", distribution_words, "Image."),
    LIST_ROW("VersionAliases", &version_alias, 20, "Versions that are hidden."),
    {0},
};
static const struct sk_schema_field hidden_image = {.type = SK_SCHEMA_OBJECT,
                                                    .fields = hidden_image_rows};
static const struct sk_schema_field portal_rows[] = {
    LIST_ROW("HiddenMlTools", &tool, 0, "Tools not shown."),
    LIST_ROW("HiddenAppTypes", &app_type, 0, "App types not shown."),
    LIST_ROW("HiddenInstanceTypes", &instance_type, 0, "Instance types not shown."),
    LIST_ROW("HiddenSageMakerImageVersionAliases", &hidden_image, 5, "Image versions not shown."),
    WORD_ROW(
        "ExecutionRoleSessionNameMode", session_name_words,
        "Whether role sessions are named after the user, so that CloudTrail shows who it was."),
    {0},
};

/* Members of user settings and space settings both. */
#define SECURITY_GROUPS LIST_ROW("SecurityGroups", &security_group, 5, "Security groups of apps.")
#define JUPYTER_SERVER                                                                             \
    SHAPE_ROW("JupyterServerAppSettings", "JupyterServerAppSettings", jupyter_server_rows,         \
              "Studio Classic.")
#define KERNEL_GATEWAY                                                                             \
    SHAPE_ROW("KernelGatewayAppSettings", "KernelGatewayAppSettings", kernel_gateway_rows,         \
              "Kernels of Studio Classic.")
#define JUPYTER_LAB                                                                                \
    SHAPE_ROW("JupyterLabAppSettings", "JupyterLabAppSettings", jupyter_lab_rows, "JupyterLab.")
#define SPACE_STORAGE OBJECT_ROW("SpaceStorageSettings", storage_rows, "Storage of spaces.")
#define POSIX_USER    OBJECT_ROW("CustomPosixUserConfig", posix_rows, "Identity on file systems.")
#define FILE_SYSTEMS                                                                               \
    LIST_ROW("CustomFileSystemConfigs", &file_system_config, 10, "File systems that are mounted.")

const struct sk_schema_field sk_schema_user_settings[] = {
    SECURITY_GROUPS,
    OBJECT_ROW("SharingSettings", sharing_rows, "Sharing of notebooks."),
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    OBJECT_ROW("TensorBoardAppSettings", tensor_board_rows, "TensorBoard."),
    OBJECT_ROW("RStudioServerProAppSettings", rstudio_rows, "RStudio; fixed at creation."),
    OBJECT_ROW("RSessionAppSettings", rsession_rows, "Sessions of RStudio."),
    OBJECT_ROW("CanvasAppSettings", canvas_rows, "Canvas."),
    SHAPE_ROW("CodeEditorAppSettings", "CodeEditorAppSettings", code_editor_rows, "Code Editor."),
    JUPYTER_LAB,
    SPACE_STORAGE,
    TEXT_ROW("DefaultLandingUri", "^(studio::|app:)[^ ]*$", "studio::… or app:…",
             "What opens after sign-in."),
    WORD_ROW("StudioWebPortal", enabled_words, "Whether the user sees Studio at all."),
    POSIX_USER,
    FILE_SYSTEMS,
    OBJECT_ROW("StudioWebPortalSettings", portal_rows, "What Studio shows."),
    WORD_ROW("AutoMountHomeEFS", mount_words, "Whether the EFS home is mounted."),
    {0},
};

const struct sk_schema_field sk_schema_space_settings[] = {
    TEXT_ROW("ExecutionRole", ROLE_ARN, "the ARN of a role",
             "Role of shared spaces. Without it: the default role of the domain."),
    SECURITY_GROUPS,
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    JUPYTER_LAB,
    SPACE_STORAGE,
    POSIX_USER,
    FILE_SYSTEMS,
    {0},
};

/* CreateSpace: SpaceSettings. SpaceManagedResources is left out: it makes a profile of its own. S3
 * file systems are for Unified Studio only. */
static const char *const space_app_words[] = {"JupyterLab", "CodeEditor", "JupyterServer",
                                              "KernelGateway", NULL};
static const struct sk_schema_field space_idle_rows[] = {
    NUMBER_ROW("IdleTimeoutInMinutes", SK_SCHEMA_NULLABLE, 60, 525600,
               "Minutes without activity before an app is shut down."),
    {0},
};
static const struct sk_schema_field space_lifecycle_rows[] = {
    OBJECT_ROW("IdleSettings", space_idle_rows, "Shutdown of idle apps."),
    {0},
};
#define SPACE_APP_LIFECYCLE                                                                        \
    SHAPE_ROW("AppLifecycleManagement", "SpaceAppLifecycleManagement", space_lifecycle_rows,       \
              "When apps end by themselves.")
static const struct sk_schema_field space_lab_rows[] = {
    RESOURCE_SPEC,
    CODE_REPOSITORIES,
    SPACE_APP_LIFECYCLE,
    {0},
};
static const struct sk_schema_field space_editor_rows[] = {
    RESOURCE_SPEC,
    SPACE_APP_LIFECYCLE,
    {0},
};
static const struct sk_schema_field space_ebs_rows[] = {
    NUMBER_ROW("EbsVolumeSizeInGb", SK_SCHEMA_REQUIRED, 5, 16384,
               "Size of the volume; it can only grow, and only while no app runs in the space."),
    {0},
};
static const struct sk_schema_field space_storage_rows[] = {
    OBJECT_ROW("EbsStorageSettings", space_ebs_rows, "The volume of the space."),
    {0},
};
static const struct sk_schema_field space_file_system_id_rows[] = {
    REQUIRED_ROW("FileSystemId", FILE_SYSTEM, "a file system id (fs-…)", "File system."),
    {0},
};
static const struct sk_schema_field space_file_system_rows[] = {
    OBJECT_ROW("EFSFileSystem", space_file_system_id_rows, "An EFS file system."),
    OBJECT_ROW("FSxLustreFileSystem", space_file_system_id_rows, "An FSx for Lustre file system."),
    {0},
};
static const struct sk_schema_field space_file_system = {.type = SK_SCHEMA_OBJECT,
                                                         .fields = space_file_system_rows};
const struct sk_schema_field sk_schema_own_space_settings[] = {
    {.name = "AppType",
     .type = SK_SCHEMA_TEXT,
     .values = space_app_words,
     .doc = "What runs in the space; fixed at creation."},
    SHAPE_ROW("JupyterLabAppSettings", "SpaceJupyterLabAppSettings", space_lab_rows, "JupyterLab."),
    SHAPE_ROW("CodeEditorAppSettings", "SpaceCodeEditorAppSettings", space_editor_rows,
              "Code Editor."),
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    SHAPE_ROW("SpaceStorageSettings", "SpaceStorageSettings", space_storage_rows,
              "Storage of the space."),
    LIST_ROW("CustomFileSystems", &space_file_system, 5, "File systems mounted into the space."),
    WORD_ROW("RemoteAccess", enabled_words, "Whether a local editor may connect to the space."),
    {0},
};

static const struct sk_schema_field rstudio_domain_rows[] = {
    REQUIRED_ROW("DomainExecutionRoleArn", ROLE_ARN, "the ARN of a role", "Role of RStudio."),
    TEXT_ROW("RStudioConnectUrl", "^https?://.+$", "a URL", "RStudio Connect."),
    TEXT_ROW("RStudioPackageManagerUrl", "^https?://.+$", "a URL", "Package manager."),
    RESOURCE_SPEC,
    {0},
};
static const struct sk_schema_field docker_rows[] = {
    WORD_ROW("EnableDockerAccess", enabled_words, "Docker in local mode."),
    LIST_ROW("VpcOnlyTrustedAccounts", &account_id, 20,
             "Accounts whose images may be pulled in a VpcOnly domain."),
    WORD_ROW("RootlessDocker", enabled_words, "Docker without root."),
    {0},
};
const struct sk_schema_field sk_schema_domain_settings[] = {
    LIST_ROW("SecurityGroupIds", &security_group, 3, "Security groups of the domain itself."),
    OBJECT_ROW("RStudioServerProDomainSettings", rstudio_domain_rows, "RStudio."),
    WORD_ROW("ExecutionRoleIdentityConfig", identity_words,
             "`USER_PROFILE_NAME`: role sessions carry the profile's name as source identity, and "
             "the trust of the roles allows it."),
    OBJECT_ROW("DockerSettings", docker_rows, "Docker."),
    WORD_ROW("IpAddressType", address_words, "Address family."),
    {0},
};
