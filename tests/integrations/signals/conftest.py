from tests.machines.conftest import committed_samples  # noqa: F401
