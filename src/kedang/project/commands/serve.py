"""Start Kedang: the web server and the background worker, until Ctrl-C."""

import os
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from kedang.project.answers import Answer
from kedang.project.serve import Wish, serve


def add_arguments(parser: ArgumentParser) -> None:
    """Add where to listen and what to serve."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--demo", action="store_true", help="fill a fresh home folder with a demo company")
    parser.add_argument(
        "--tls", action="store_true", help="serve HTTPS with a certificate of its own (docs/admin/tls.md)"
    )
    parser.add_argument(
        "--tls-name", action="append", default=[], metavar="NAME", help="one more name or address of it"
    )
    parser.add_argument("--web-processes", type=int, default=2 if os.environ.get("DATABASE_URL") else 1)
    parser.add_argument("--threads", type=int, default=4, help="threads of each web process")


def run(options: Namespace) -> Answer:
    """Serve until stopped."""
    wish = Wish(options.host, options.port, options.demo, options.web_processes, options.threads)
    wish = replace(wish, tls=options.tls or bool(options.tls_name), names=tuple(options.tls_name))
    return Answer(serve(wish))
