"""Proofs for tests of commands: as if the person had just entered the password."""

from django.utils import timezone

from mes.accounts.models import ProofMethod
from mes.accounts.signing import Proof


def proof_of(person, at=None):
    return Proof(person, ProofMethod.PASSWORD, at or timezone.now())
