"""Static files under names that carry their digest, so browsers keep them for good."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package has no types
    """Hashed names, imports between our modules included; what is not collected yet keeps its name."""

    support_js_module_import_aggregation = True
    manifest_strict = False
