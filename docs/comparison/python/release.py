"""Build the site and publish it."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

import typer


class Target(str, Enum):
    staging = "staging"
    live = "live"


def page() -> None:
    subprocess.run(["mkdir", "-p", "out"], check=True)
    subprocess.run(["cp", "welcome.txt", "out/index.html"], check=True)


def style() -> None:
    subprocess.run(["mkdir", "-p", "out"], check=True)
    subprocess.run(["sleep", "1"], check=True)
    subprocess.run(["sh", "-c", "echo 'p {}' > out/style.css"], check=True)


def release(target: Target = typer.Option(Target.staging, help="Where it goes")) -> None:
    """Build the site and publish it."""
    with ThreadPoolExecutor() as pool:
        results = [(step, pool.submit(step)) for step in (page, style)]
    failed = False
    for step, result in results:
        if error := result.exception():
            failed = True
            typer.echo(f"{step.__name__} failed: {error}", err=True)
    if failed:
        raise typer.Exit(1)
    subprocess.run(["echo", f"published to {target.value}"], check=True)


if __name__ == "__main__":
    typer.run(release)
