"""``argus inspect``: what the networks see in a picture."""

from __future__ import annotations

import argparse

from argus.cli.output import ExitCode, print_error, print_json, print_text
from argus.cli.parsers import Subparsers, add_command, add_images_argument, add_json_option


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "inspect",
        summary="show the faces of a picture with their numbers",
        description=(
            "Prints every face of each picture: box, score, quality and, with --json, dlib's embedding (128 numbers\n"
            "of the plain chip). Boxes and embeddings are dlib's own, whichever engine computes them; pictures of\n"
            "more than 4 megapixels are reduced to that before faces are looked for."
        ),
        examples="""
            argus inspect portrait.jpg
            argus inspect --json *.jpg > faces.jsonl
            argus inspect --detector hog --engine dlib group.jpg
            argus inspect --upsample 1 crowd.jpg
        """,
    )
    add_images_argument(parser)
    parser.add_argument(
        "--detector", choices=("cnn", "hog"), default="cnn",
        help="cnn sees turned faces too; hog is dlib's classic (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--engine", choices=("onnx", "dlib"), default="onnx",
        help="what computes: onnx gives dlib's numbers, some 20 times faster (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--upsample", type=int, choices=range(4), default=0, metavar="N",
        help="double the picture 0 to 3 times first; each halves the smallest face found, about 80 px at 0",
    )  # fmt: skip
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.cli.inspecting import Inspected, inspect_all, lines, record

    code = ExitCode.DONE
    for path, result in inspect_all(arguments.images, arguments.detector, arguments.engine, arguments.upsample):
        if isinstance(result, Inspected):
            if arguments.json:
                print_json(record(result))
            else:
                for line in lines(result):
                    print_text(line)
            continue
        code = ExitCode.REFUSED
        if arguments.json:
            print_json({"image": str(path), "error": str(result)})
        else:
            print_error(f"{path}: {result}")
    return code
