"""The command `python -m sandbox`."""

from pathlib import Path

import click

from sandbox.server import serve
from sandbox.state import Tenant


@click.group()
def main() -> None:
    """Run a stand-in Microsoft 365 tenant."""


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8443, show_default=True, help="Port to listen on (TLS).")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/sandbox"),
    show_default=True,
    help="Folder for ca.pem (trust this) and server.pem.",
)
@click.option(
    "--latency-ms", type=click.FloatRange(0), default=0.0, show_default=True, help="How long Graph takes per request."
)
def serve_command(host: str, port: int, data: Path, latency_ms: float) -> None:
    """Serve the municipality of Voorbeeldegem; its state is gone when it stops."""
    tenant = Tenant.voorbeeldegem()
    tenant.latency_seconds = latency_ms / 1000
    serve(tenant, host, port, data)


@main.command()
@click.option("--keep", is_flag=True, help="Keep running afterwards, and print the addresses.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="Where everything of this run is kept.",
)
def demo(keep: bool, folder: Path) -> None:  # noqa: FBT001 - click's flag
    """Show the hub at work on the sample municipality, and print what became of everything."""
    from rich.console import Console  # noqa: PLC0415 - only the demo prints

    from sandbox.demo import run_or_explain  # noqa: PLC0415 - only the demo needs all of it

    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # a log has no width of its own
    raise SystemExit(0 if run_or_explain(folder.resolve(), keep=keep, console=console) else 1)


if __name__ == "__main__":
    main()
