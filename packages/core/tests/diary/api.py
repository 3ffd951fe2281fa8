import django_filters
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chowk_core.api.fields import AmountField, MoneyField, TargetField
from chowk_core.api.pagination import KeysetPages
from chowk_core.api.views import ApiView, ScopedViewSet
from chowk_core.exceptions import Conflict, DomainError
from chowk_core.policies import Refusal, ask
from tests.diary.models import Diary, Entry


class TooManyPages(DomainError):
    code = "too_many_pages"
    message = "At most %(largest)s pages."
    field = "pages"


class DiarySerializer(serializers.ModelSerializer):
    price = MoneyField(required=False, allow_null=True, min_amount=1, max_amount="1000000")

    class Meta:
        model = Diary
        fields = ["id", "title", "pages", "price", "created"]

    def create(self, validated_data):
        if validated_data.get("pages", 0) > 500:
            raise TooManyPages(largest=500)
        return super().create(validated_data)


class DiaryFilter(django_filters.FilterSet):
    price = django_filters.RangeFilter(field_name="price")

    class Meta:
        model = Diary
        fields = ["title", "pages", "owner"]


class DiaryViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    serializer_class = DiarySerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)
    filterset_class = DiaryFilter
    search_fields = ("title",)
    ordering_fields = ("title", "pages")
    throttle_scopes = {"create": "diaries"}

    def visible_to(self, viewer):
        return Diary.objects.filter(owner=viewer) if viewer.is_authenticated else Diary.objects.none()

    def perform_create(self, serializer):
        serializer.save(owner=self.request.user)

    @extend_schema(request=None, responses=DiarySerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        self.get_object()
        raise Conflict


class DiaryByTitleViewSet(mixins.RetrieveModelMixin, ScopedViewSet):
    """The same by a key that is any text."""

    serializer_class = DiarySerializer
    lookup_field = "title"

    def visible_to(self, viewer):
        return Diary.objects.filter(owner=viewer) if viewer.is_authenticated else Diary.objects.none()


class DiaryFeedViewSet(mixins.ListModelMixin, ScopedViewSet):
    """The same by cursor."""

    serializer_class = DiarySerializer
    pagination_class = KeysetPages
    ordering_fields = ("title", "pages")
    ordering = ("-pages", "title")

    def visible_to(self, viewer):
        return Diary.objects.filter(owner=viewer) if viewer.is_authenticated else Diary.objects.none()


class EntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Entry
        fields = ["id", "text"]


class WriteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=100)
    fail = serializers.ChoiceField(
        choices=["", "conflict", "crash", "answer_402", "answer_503", "refuse", "overflow"],
        required=False,
        allow_blank=True,
    )


class WriteView(ApiView):
    """Leaves an entry, then fails in the way that the request asks for."""

    @extend_schema(request=WriteSerializer, responses={201: EntrySerializer})
    def post(self, request: Request) -> Response:
        data = WriteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        entry = Entry.objects.create(text=data.validated_data["text"])
        fail = data.validated_data.get("fail")
        if fail == "conflict":
            raise Conflict
        if fail == "crash":
            raise ZeroDivisionError
        if fail == "refuse":
            ask([lambda: Refusal("suspended", "Your account is suspended.")])
        if fail == "overflow":
            Entry.objects.create(pk=10**30, text="too far")
        if fail in {"answer_402", "answer_503"}:
            return Response({"entry": entry.pk}, status=int(fail[-3:]))
        return Response(
            EntrySerializer(entry).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": f"/entries/{entry.pk}/"},
        )


class GatewayView(WriteView):
    """The same without a transaction around it."""

    idempotency_atomic = False


class KeyedOnlyView(WriteView):
    """The same, for clients that send a key."""

    idempotency_required = True


class BidSerializer(serializers.Serializer):
    price = AmountField(min_amount="0.01")
    currency = serializers.CharField(required=False)
    target = TargetField(types={"diary.diary"})


class BidView(ApiView):
    @extend_schema(request=BidSerializer, responses=BidSerializer)
    def post(self, request: Request) -> Response:
        bid = BidSerializer(data=request.data, context={"request": request})
        bid.is_valid(raise_exception=True)
        values = bid.validated_data
        return Response({"minor": values["price"], "target": str(values["target"])})


class PlainView(APIView):
    """A view of the site's own, on DRF alone."""

    @extend_schema(responses=EntrySerializer)
    def get(self, request: Request, pk: str) -> Response:
        get_object_or_404(Diary, title=pk)
        raise TooManyPages(largest=500)
