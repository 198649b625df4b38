from django.contrib.auth.views import LogoutView
from django.urls import path

from mes.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", views.choose_language, name="language"),
    path("profile/", views.profile, name="profile"),
]
