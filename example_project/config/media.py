"""Uploaded pictures, for deployments without a server of files in front."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.static import serve


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file of MEDIA_ROOT, in one piece: an ASGI server cannot stream from a file without a thread each.

    Pictures are small, as uploads are bounded by IMAGE_MAX_BYTES.
    """
    found = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if not isinstance(found, FileResponse):
        return found
    whole = HttpResponse(found.getvalue(), headers=dict(found.items()))
    found.close()
    return whole
