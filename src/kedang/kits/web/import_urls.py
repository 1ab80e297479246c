"""The addresses of importing."""

from django.urls import URLPattern, path

from kedang.kits.web import import_steps, imports


def addresses() -> list[URLPattern]:
    """Return the addresses of importing; each is the uploader's own."""
    return [
        path("imports", imports.page, name="import.list"),
        path("imports/new/<slug:plural>", imports.start, name="import.start"),
        path("imports/template/<slug:plural>", imports.template, name="import.template"),
        path("imports/runs/<str:pk>", imports.result, name="import.result"),
        path("imports/runs/<str:pk>/errors", imports.errors, name="import.errors"),
        path("imports/runs/<str:pk>/undo", imports.undo, name="import.undo"),
        path("imports/<str:pk>", import_steps.resume, name="import.open"),
        path("imports/<str:pk>/file", import_steps.file, name="import.file"),
        path("imports/<str:pk>/columns", import_steps.columns, name="import.columns"),
        path("imports/<str:pk>/rehearsal", import_steps.rehearsal, name="import.rehearsal"),
        path("imports/<str:pk>/refused", import_steps.refused, name="import.refused"),
        path("imports/<str:pk>/run", import_steps.run, name="import.run"),
        path("imports/<str:pk>/stop", import_steps.stop, name="import.stop"),
        path("imports/<str:pk>/discard", imports.discard, name="import.discard"),
    ]
