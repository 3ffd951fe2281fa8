import time

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from chowk_core.events import Published
from chowk_core.exceptions import DomainError
from chowk_core.models import LoggedEvent
from chowk_core.publishing import publish
from chowk_core.realtime.streams import EventStream
from tests.realtime_site.events import Said


class RoomFull(DomainError):
    code = "room_full"
    message = _("This field is required.")  # any sentence that Django brings translations of


class RoomStream(EventStream):
    """Rooms "members…" are for users, "of-NAME" for that user, "int-…" have integer keys; others for all."""

    name = "demo.room"

    def authorise(self, viewer, key):
        if key.startswith("of-"):
            return viewer.get_username() == key.removeprefix("of-")
        if key.startswith("int-"):
            return int(key.removeprefix("int-")) > 0
        return not key.startswith("members") or viewer.is_authenticated

    def audience(self, viewer, key):
        return "staff" if viewer.is_staff else "public"

    def present(self, event: Published, audience):
        if audience == "staff":
            return event.payload
        if event.name == "demo.whispered":
            return None
        if event.payload["n"] == -1:
            raise RuntimeError("a mistake of the package")
        return {"n": event.payload["n"], "filler": event.payload["filler"]}

    def snapshot(self, viewer, key):
        rows = LoggedEvent.objects.filter(stream=f"demo.room:{key}")
        before = rows.aggregate(top=Max("seq"))["top"] or 0
        if key.startswith("slow"):
            time.sleep(0.2)  # long enough for others to commit: the second read must not see it
        return {"first_read": before, "second_read": rows.count()}

    def receive(self, viewer, key, message):
        if message["type"] == "say":
            with transaction.atomic():
                event = publish(Said(n=message["n"]), stream=f"demo.room:{key}")
            return {"seq": event.seq, "by": viewer.get_username()}
        if message["type"] == "enter":
            raise RoomFull
        if message["type"] == "break":
            raise RuntimeError("a mistake of the package")
        return super().receive(viewer, key, message)
