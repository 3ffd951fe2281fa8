"""The icon set, one file each in templates/chowk_core/icons/: drawn on 20 px with a stroke of 1.5, in the
colour of the text beside them. A site replaces one by a template of the same name.
"""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString


def icon(name: str, label: str = "") -> SafeString:
    """The icon as inline SVG: hidden from screen readers, or with ``label`` an image of that name.

    Raises TemplateDoesNotExist for a name that the set does not have.
    """
    drawing = render_to_string(f"chowk_core/icons/{name}.svg")
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 20 20" role="img" aria-label="{}">{}</svg>', label, drawing
        )
    return format_html('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">{}</svg>', drawing)
