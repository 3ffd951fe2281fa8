"""Sign in, register, sign out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.exceptions import EmailTaken
from accounts.forms import RegistrationForm, SignInForm
from accounts.services import register
from accounts.throttles import too_many_tries


def _refused(request: HttpRequest) -> str | None:
    return _("Too many tries. Wait a minute, then try again.") if too_many_tries(request) else None


class SignInView(views.LoginView):
    """Email and password, then on to where the visitor was going."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if refusal := _refused(request):
            messages.error(request, refusal)
            return redirect(request.get_full_path())
        return super().post(request, *args, **kwargs)


@method_decorator([sensitive_post_parameters("password"), never_cache], name="dispatch")
class RegisterView(views.RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """Open an account and be signed in."""

    form_class = RegistrationForm
    template_name = "accounts/register.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get_default_redirect_url(self) -> str:
        return settings.LOGIN_REDIRECT_URL

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        if refusal := _refused(self.request):
            form.add_error(None, refusal)
            return self.form_invalid(form)
        try:
            user = register(**form.cleaned_data)
        except EmailTaken as error:
            form.add_error("email", error.detail)
            return self.form_invalid(form)
        login(self.request, user, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(self.request, _("Welcome, %(name)s.") % {"name": user.get_short_name()})
        return redirect(self.get_success_url())
