"""A listing's pictures: several added at once, one put before the others, described, taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chowk_core.exceptions import DomainError
from chowk_core.pages import attempt, missing_is_404, once, post_only
from chowk_marketplace import selectors, services
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import TooManyImages
from chowk_marketplace.images import PreparedImage, prepare_image
from chowk_marketplace.pages.cards import picture_of
from chowk_marketplace.pages.variants import managed_listing


class SeveralFiles(forms.FileInput):
    """A file input that takes more than one."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Pictures, as they are kept. What is wrong with any of them is said with its name."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[PreparedImage]:
        if not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        most = marketplace_settings.IMAGES_PER_LISTING  # the service counts those that are there already
        if len(data) > most:
            raise forms.ValidationError(_("Choose at most %(n)s.") % {"n": most}, code="too_many_images")
        found, problems = [], []
        for upload in data:
            try:
                super().clean(upload, initial)
                found.append(prepare_image(upload))
            except (forms.ValidationError, DomainError) as error:
                said = error.messages[0] if isinstance(error, forms.ValidationError) else error.detail
                problems.append(_("“%(name)s”: %(problem)s") % {"name": upload.name, "problem": said})
        if problems:
            if found:
                problems.append(_("None was added; choose the others again."))
            raise forms.ValidationError([forms.ValidationError(problem) for problem in problems])
        return found


class PicturesForm(forms.Form):
    """Pictures to add."""

    images = PicturesField(
        label=gettext_lazy("Add pictures"),
        error_messages={
            "required": gettext_lazy("Choose a picture first."),
            "empty": gettext_lazy("This file is empty."),
        },
    )

    def __init__(self, *args: Any, left: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["images"]
        formats = marketplace_settings.IMAGE_FORMATS
        field.widget.attrs["accept"] = ",".join(f"image/{name.lower()}" for name in formats)
        words = ngettext(
            "%(n)s more: %(formats)s of up to %(megabytes)s MB. You can choose several at once.",
            "Up to %(n)s more: %(formats)s of up to %(megabytes)s MB each. You can choose several at once.",
            left,
        )
        megabytes = f"{marketplace_settings.IMAGE_MAX_BYTES / 1_000_000:.0f}"
        field.help_text = words % {"n": left, "formats": ", ".join(formats), "megabytes": megabytes}


class DescriptionForm(forms.Form):
    """What a picture shows, in words."""

    alt_text = forms.CharField(
        label=gettext_lazy("What it shows"),
        max_length=250,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@login_required
@missing_is_404
def index(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The pictures of one's own listing, the primary first; a post adds some, all of them or none."""
    listing = managed_listing(request, pk)
    if request.method != "POST":
        return _page(request, listing)
    if selectors.update_refusal(request.user, listing):
        return _page(request, listing, status=403)
    form = PicturesForm(request.POST, request.FILES, left=_left(listing))
    if not form.is_valid():
        return _page(request, listing, form=form, status=400)
    return _add(request, listing=listing, form=form)


@once
def _add(request: HttpRequest, *, listing: Any, form: PicturesForm) -> HttpResponse:
    # The pictures were decoded outside this transaction, which SQLite has only one of.
    pictures = form.cleaned_data["images"]
    try:
        services.add_images(listing=listing, pictures=pictures, actor=request.user)
    except DomainError as error:
        if error.status == 404:
            raise
        left = _left(listing) if isinstance(error, TooManyImages) else 0
        form.add_error("images", _("Choose at most %(n)s.") % {"n": left} if left else error.detail)
        return _page(request, listing, form=form, status=error.status)
    words = ngettext("%(n)s picture is added.", "%(n)s pictures are added.", len(pictures))
    messages.success(request, words % {"n": len(pictures)})
    return redirect("chowk_marketplace_pages:pictures", pk=listing.pk)


@post_only("chowk_marketplace_pages:pictures")
@login_required
@missing_is_404
@once
def act(request: HttpRequest, pk: str, picture: str, verb: str) -> HttpResponse:
    """Make a picture the primary one, describe it, or remove it; then back to the others."""
    listing = managed_listing(request, pk)
    done: dict[str, tuple[str, Callable[..., Any]]] = {
        "primary": (_("It comes first now."), services.set_primary_image),
        "describe": (_("The description is saved."), services.update_image),
        "remove": (_("The picture is removed."), services.remove_image),
    }
    if verb not in done:
        raise Http404
    asked: dict[str, Any] = {}
    if verb == "describe":
        form = DescriptionForm(request.POST, auto_id=_ids(picture))
        if not form.is_valid():
            return _page(request, listing, described={picture: form}, status=400)
        asked = form.cleaned_data
    words, service = done[verb]
    attempt(request, words, service, listing=listing, image_id=picture, actor=request.user, **asked)
    return redirect("chowk_marketplace_pages:pictures", pk=pk)


def _page(
    request: HttpRequest,
    listing: Any,
    *,
    form: PicturesForm | None = None,
    described: dict[str, DescriptionForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    refusal = selectors.update_refusal(request.user, listing)
    rows = [
        (image, picture_of(image, listing), (described or {}).get(str(image.pk)) or _description(image))
        for image in listing.images.order_by("position")
    ]
    context = {
        "listing": listing,
        "rows": rows,
        "form": form or PicturesForm(left=_left(listing)),
        "left": _left(listing),
        "most": marketplace_settings.IMAGES_PER_LISTING,
        "closed": refusal.message if refusal else "",
    }
    return render(request, "chowk_marketplace/pictures.html", context, status=status)


def _description(image: Any) -> DescriptionForm:
    return DescriptionForm(initial={"alt_text": image.alt_text}, auto_id=_ids(image.pk))


def _ids(key: Any) -> str:
    return f"id_{key}_%s"


def _left(listing: Any) -> int:
    """How many more it may have."""
    return max(0, marketplace_settings.IMAGES_PER_LISTING - int(listing.images.count()))
