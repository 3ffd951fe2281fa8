"""Accounts over REST: register, tokens, one's own profile."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework_simplejwt import views as jwt

from accounts.api.serializers import ProfileSerializer, RegistrationSerializer
from accounts.models import User
from accounts.throttles import CredentialsThrottle


@extend_schema(
    summary="Open an account", request=RegistrationSerializer, responses={201: ProfileSerializer}, auth=[]
)
class RegisterView(generics.CreateAPIView[User]):
    """Open an account. ``email_taken`` says that the address has one already."""

    serializer_class = RegistrationSerializer
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (CredentialsThrottle,)


class ProfileView(generics.RetrieveUpdateAPIView[User]):
    """One's own account."""

    serializer_class = ProfileSerializer
    permission_classes = (IsAuthenticated,)
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 - the permission has seen to it
        return user


class TokenView(jwt.TokenObtainPairView):
    """Exchange email and password for a short access token and a refresh token."""

    throttle_classes = (CredentialsThrottle,)


class TokenRefreshView(jwt.TokenRefreshView):
    """Exchange a refresh token for a new pair. The old one is dead afterwards."""


class TokenBlacklistView(jwt.TokenBlacklistView):
    """Kill a refresh token: sign out."""
