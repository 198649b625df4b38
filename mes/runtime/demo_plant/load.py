"""Load the demo plant: everything that is missing, nothing twice, no change to what is there."""

from __future__ import annotations

from django.db import transaction

from machines.models import Plant
from mes.runtime.demo_plant.customers import load_customers
from mes.runtime.demo_plant.edge import load_edge
from mes.runtime.demo_plant.engineering import load_engineering
from mes.runtime.demo_plant.family import load_family
from mes.runtime.demo_plant.findings import load_findings
from mes.runtime.demo_plant.help import load_help
from mes.runtime.demo_plant.inspection import load_inspection
from mes.runtime.demo_plant.labels import load_labels
from mes.runtime.demo_plant.maps import load_maps
from mes.runtime.demo_plant.materials import load_materials
from mes.runtime.demo_plant.partners import load_partners
from mes.runtime.demo_plant.people import load_people
from mes.runtime.demo_plant.places import load_places
from mes.runtime.demo_plant.planning import load_plan_rule
from mes.runtime.demo_plant.programs import load_programs
from mes.runtime.demo_plant.reasons import load_reasons
from mes.runtime.demo_plant.senders import load_senders
from mes.runtime.demo_plant.stocking import load_stocking


@transaction.atomic
def load_demo_plant() -> Plant:
    """Add the missing part of the demo's master data and opening stock; returns the plant.

    What a visitor changed stays as he left it; what he deleted comes back.
    """
    plant = load_places()
    load_people()
    load_reasons(plant)
    load_help(plant)
    load_materials(plant)
    load_inspection(plant)
    load_customers()
    load_partners(plant)
    load_senders(plant)
    load_edge(plant)
    load_programs(plant)
    load_labels(plant)
    load_findings(plant)
    load_engineering()
    load_family(plant)
    load_stocking(plant)
    load_plan_rule(plant)
    load_maps(plant)
    return plant
