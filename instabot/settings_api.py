"""What the REST framework, its tokens and its description are told: part of settings.py."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    # The first one says how to log in, in the answer to who is not.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.access.Tokens",
        "api.access.Login",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.access.Allowed"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.PerUser"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.Json"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would tell more than the description
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,  # JSON is all there is
}
KNOX_TOKEN_MODEL = "api.Token"  # noqa: S105 - the name of a table
MIGRATION_MODULES = {"knox": None}  # its own table would stand beside ours, never used
REST_KNOX: dict[str, Any] = {
    "TOKEN_TTL": None,  # a token lasts until it is deleted, unless its maker says otherwise
    "TOKEN_PREFIX": "instabot_",  # programs that look for leaked secrets can tell it
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "instabot",
    "DESCRIPTION": (
        "Rules, conversations and statistics of a shop's Instagram direct messages.\n\n"
        "Send a token: `Authorization: Token instabot_…`. Tokens are created in the admin and have"
        " the permissions of their users. Errors are problem details (RFC 9457). Requests that send"
        " messages need an `Idempotency-Key` and are carried out once per key."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.finish",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,
        "validatorUrl": "none",  # nothing is sent to anybody else
    },
}
