import factory
from django.contrib.auth import get_user_model

from tests.diary.models import Diary


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"user{n}")


class DiaryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Diary

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Diary {n}")
