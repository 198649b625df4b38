"""Log-in, log-out, language and one's own profile."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.forms import LogInForm, ProfileForm
from mes.accounts.models import User
from mes.accounts.navigation import first_page

LANGUAGES = [code for code, _name in settings.LANGUAGES]


class LogIn(LoginView):
    """The log-in page. From then on the page speaks the person's own language."""

    template_name = "accounts/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def form_valid(self, form: LogInForm) -> HttpResponse:  # type: ignore[override]
        response = super().form_valid(form)
        remember_language(response, form.get_user().language)
        return response


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The page on which this person's work begins."""
    page = first_page(cast(User, request.user))
    return redirect(page.url_name if page else "profile")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak the language `language` on every page from now on, and remember it with the person."""
    language = request.POST.get("language", "")
    response = redirect(_page_to_return_to(request))
    if language in LANGUAGES:
        remember_language(response, language)
        if isinstance(request.user, User):
            request.user.language = language
            request.user.save(update_fields=["language"])
    return response


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, address and language."""
    user = cast(User, request.user)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        response = redirect("profile")
        remember_language(response, person.language)
        with translation.override(person.language):
            messages.success(request, _("Saved."))
        return response
    return render(request, "accounts/profile.html", {"form": form})


def remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86400,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


def _page_to_return_to(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if allowed else reverse("home")
