from django.urls import path
from django.utils.translation import gettext_lazy as _

from mes.accounts import navigation
from quality.views import machine, oee, wall

urlpatterns = [
    path("wall/", wall.wall, name="wall"),
    path("oee/", oee.oee_page, name="oee"),
    path("machines/<str:code>/", machine.machine_page, name="machine"),
    path("machines/<str:code>/figures/", machine.machine_figures, name="machine-figures"),
    path("machines/<str:code>/timeline.json", machine.machine_timeline, name="machine-timeline"),
    path("machines/<str:code>/events/", machine.machine_events, name="machine-events"),
]

navigation.add(url_name="wall", label=_("Wall"), icon="grid-3x3-gap-fill", position=10)
navigation.add(url_name="oee", label=_("OEE"), icon="speedometer2", position=40)
