"""What a test needs of the served site, over HTTP: sign in and out, publish, look."""

import json
from datetime import timedelta
from importlib.util import find_spec

from django.contrib.auth import get_user_model, login, logout
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.urls import path

from chowk_core.models import LoggedEvent, Stream
from chowk_core.publishing import publish
from chowk_core.realtime import hub
from tests.realtime_site.events import Said, Whispered

if find_spec("rest_framework_simplejwt"):
    from rest_framework_simplejwt.tokens import AccessToken


def sign_in(request):
    """Create the user if need be, sign them in; also answers a token that lives ``seconds``."""
    wanted = json.loads(request.body)
    user, _new = get_user_model().objects.update_or_create(
        username=wanted["username"], defaults={"is_staff": wanted.get("staff", False), "is_active": True}
    )
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(seconds=wanted.get("seconds", 3600)))
    return JsonResponse({"id": str(user.pk), "token": str(token)})


def sign_out(request):
    logout(request)
    return JsonResponse({})


def change_user(request):
    wanted = json.loads(request.body)
    get_user_model().objects.filter(username=wanted["username"]).update(**wanted["to"])
    return JsonResponse({})


def say(request):
    """Publish ``count`` events numbered from ``first``, in one transaction or one each."""
    wanted = json.loads(request.body)
    stream, first, count = wanted["stream"], wanted.get("first", 1), wanted.get("count", 1)
    event = Whispered if wanted.get("whisper") else Said
    extra = {key: wanted[key] for key in ("secret", "filler") if key in wanted}
    for numbers in [range(first, first + count)] if wanted.get("together") else _singly(first, count):
        with transaction.atomic():
            for n in numbers:
                publish(event(n=n, **extra), stream=stream)
    return JsonResponse({})


def _singly(first, count):
    return ((n,) for n in range(first, first + count))


def lose_history(request):
    """As a restored backup does: the stream begins anew under another epoch."""
    wanted = json.loads(request.body)
    with transaction.atomic():
        LoggedEvent.objects.filter(stream=wanted["stream"]).delete()
        Stream.objects.filter(name=wanted["stream"]).update(last_seq=0, pruned_seq=0, epoch="after")
    return JsonResponse({})


def prune(request):
    wanted = json.loads(request.body)
    with transaction.atomic():
        LoggedEvent.objects.filter(stream=wanted["stream"], seq__lte=wanted["seq"]).delete()
        Stream.objects.filter(name=wanted["stream"]).update(pruned_seq=wanted["seq"])
    return JsonResponse({})


def state(request):
    """What the process holds: watched streams, and connections."""
    hubs = list(hub._hubs.values())
    return JsonResponse(
        {
            "watched": sorted(name for one in hubs for name in one._watched),
            "connections": sum(len(one._rechecks.connections) for one in hubs),
        }
    )


def page(request):
    return HttpResponse("<!doctype html><title>sockets</title>")


urlpatterns = [
    path("sign-in/", sign_in),
    path("sign-out/", sign_out),
    path("change-user/", change_user),
    path("say/", say),
    path("lose-history/", lose_history),
    path("prune/", prune),
    path("state/", state),
    path("", page),
    *staticfiles_urlpatterns(),
]
