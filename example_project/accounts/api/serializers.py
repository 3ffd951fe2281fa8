from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from accounts.models import User
from accounts.services import register


class ProfileSerializer(serializers.ModelSerializer[User]):
    """One's own account. The email is the login and does not change here."""

    class Meta:
        model = User
        fields = ["id", "email", "display_name", "kind", "role", "city", "date_joined"]
        read_only_fields = ["id", "email", "date_joined"]


class RegistrationSerializer(serializers.Serializer[User]):
    """What an account needs."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(write_only=True, max_length=128, trim_whitespace=False)
    display_name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=User.Kind.choices, default=User.Kind.INDIVIDUAL)
    city = serializers.CharField(max_length=80, required=False, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the password against the site's validators, each with its own code."""
        user = User(email=attrs["email"], display_name=attrs["display_name"])
        try:
            password_validation.validate_password(attrs["password"], user)
        except DjangoValidationError as error:
            raise serializers.ValidationError(
                {"password": serializers.as_serializer_error(error)["non_field_errors"]}
            ) from error
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        return register(**validated_data)

    def to_representation(self, instance: User) -> dict[str, Any]:
        return ProfileSerializer(instance, context=self.context).data
