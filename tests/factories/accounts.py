"""People, skills and API keys."""

import factory
from django.contrib.auth.hashers import make_password

from mes.accounts.models import (
    ApiKey,
    Meaning,
    ProofMethod,
    Signature,
    SigningFailure,
    Skill,
    User,
    keyed_hash,
)
from mes.accounts.roles import Role

PASSWORD = "correct-horse-battery"


class SkillFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Skill
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"skill-{n}")
    name = factory.LazyAttribute(lambda skill: skill.code.title())


class UserFactory(factory.django.DjangoModelFactory):
    """A person. ``badge``, ``pin`` and ``password`` are plain text; ``skills=[…]`` adds skills."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        badge = ""
        pin = ""

    username = factory.Sequence(lambda n: f"person{n}")
    first_name = factory.Sequence(lambda n: f"Person {n}")
    last_name = "Test"
    roles = factory.LazyFunction(lambda: [Role.OPERATOR.value])
    personnel_number = factory.Sequence(lambda n: f"P{n:05}")
    password = factory.Transformer(PASSWORD, transform=make_password)
    badge_hash = factory.LazyAttribute(lambda user: keyed_hash(user.badge) if user.badge else "")
    pin_hash = factory.LazyAttribute(lambda user: make_password(user.pin) if user.pin else "")

    @factory.post_generation
    def skills(self, create, extracted, **kwargs):
        if create and extracted:
            self.skills.add(*extracted)


class OperatorFactory(UserFactory):
    roles = factory.LazyFunction(lambda: [Role.OPERATOR.value])


class SupervisorFactory(UserFactory):
    roles = factory.LazyFunction(lambda: [Role.SUPERVISOR.value])


class PlannerFactory(UserFactory):
    roles = factory.LazyFunction(lambda: [Role.PLANNER.value])


class QualityFactory(UserFactory):
    roles = factory.LazyFunction(lambda: [Role.QUALITY.value])


class EngineerFactory(UserFactory):
    roles = factory.LazyFunction(lambda: [Role.ENGINEER.value])


class AdminFactory(UserFactory):
    roles = factory.LazyFunction(lambda: [Role.ADMIN.value])


class ApiKeyFactory(factory.django.DjangoModelFactory):
    """A machine account; ``text`` is the key that the partner sends."""

    class Meta:
        model = ApiKey

    class Params:
        text = factory.Sequence(lambda n: f"key-{n:04}-of-a-machine-account")

    name = factory.Sequence(lambda n: f"Partner {n}")
    role = Role.ERP.value
    prefix = factory.LazyAttribute(lambda key: key.text[:8])
    key_hash = factory.LazyAttribute(lambda key: keyed_hash(key.text))


class GatewayKeyFactory(ApiKeyFactory):
    name = factory.Sequence(lambda n: f"Gateway {n}")
    role = Role.GATEWAY.value


class SignatureFactory(factory.django.DjangoModelFactory):
    """A signature under a record that is not there."""

    class Meta:
        model = Signature

    table = "orders_hold"
    record = factory.Sequence(lambda n: 10**12 + n)
    meaning = Meaning.APPROVED
    by = factory.SubFactory(QualityFactory)
    name = factory.LazyAttribute(lambda signature: str(signature.by))
    method = ProofMethod.PASSWORD
    content = "{}"
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


class SigningFailureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SigningFailure

    by = factory.SubFactory(UserFactory)
    address = "127.0.0.1"
    reason = "wrong_password"
