"""Static files under names that carry their digest, so browsers keep them for good."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package has no types
    """Hashed names, imports between our modules included; what is not collected yet keeps its name."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._addresses: dict[str | None, str] = {}

    def url(self, name: str | None, force: bool = False) -> str:
        """Return an address, looked up once: a page asks for twenty, and they stay until the next start."""
        if force or name not in self._addresses:
            self._addresses[name] = str(super().url(name, force))
        return self._addresses[name]
