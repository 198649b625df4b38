"""``make fuzz MINUTES=10``: bytes that nobody sent to every reader, by coverage (atheris).

Each reader gets MINUTES in a process of its own. A find is kept in ``var/fuzz/<reader>/``; mend it and put
the bytes into ``tests/fuzz/corpus/<format>/``, which the tests read.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "fuzz"
SLOWEST_SECONDS, MOST_MIB, LONGEST = 25, 2048, 100_000


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mes.settings.test")
    if len(sys.argv) > 2 and sys.argv[1] == "--one":
        fuzz_one(sys.argv[2], sys.argv[3:])
        return 0
    import django

    django.setup()
    from tests.fuzz.subjects import subjects

    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    wanted = set(sys.argv[2:])
    finds = [one.name for one in subjects() if not wanted or one.name in wanted if not run(one, minutes)]
    say("No reader crashed." if not finds else f"Crashed: {', '.join(finds)}; see {VAR}")
    return len(finds)


def run(subject, minutes: float) -> bool:
    """Fuzz one reader in a process of its own; says how it went. False when something was found."""
    corpus = VAR / subject.name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(subject.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = [
        *(sys.executable, "-m", "tests.fuzz", "--one", subject.name, str(corpus)),
        *(f"-max_total_time={int(minutes * 60)}", f"-timeout={SLOWEST_SECONDS}", f"-max_len={LONGEST}"),
        *(
            f"-rss_limit_mb={MOST_MIB}",
            f"-artifact_prefix={VAR / subject.name}/find-",
            "-print_final_stats=1",
        ),
    ]
    log = VAR / subject.name / "log.txt"
    with log.open("wb") as out:
        code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, check=False).returncode
    text = log.read_text(errors="replace")
    runs = re.findall(r"stat::number_of_executed_units:\s+(\d+)", text) or ["?"]
    covered = re.findall(r"cov: (\d+)", text) or ["?"]
    verdict = "no crash" if code == 0 else f"CRASHED, see {log}"
    say(f"{subject.name:<16}{runs[-1]:>12} inputs, {covered[-1]:>6} edges covered: {verdict}")
    return code == 0


def fuzz_one(name: str, arguments: list[str]) -> None:
    import atheris
    import django

    with atheris.instrument_imports(include=["integrations.erp", "csv", "json"]):
        django.setup()
        from tests.fuzz.subjects import subjects
    (subject,) = (one for one in subjects() if one.name == name)
    atheris.Setup([sys.argv[0], *arguments], subject.read)
    atheris.Fuzz()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
