from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.pages import views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("register/", views.RegisterView.as_view(), name="register"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
