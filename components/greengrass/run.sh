#!/bin/sh
# Runs the component's program: `run.sh WORK [ARGUMENT...]`; WORK is Greengrass's {work:path}, which install.sh filled.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=${1:?"usage: run.sh WORK [ARGUMENT...]"}
work=${work%/}
shift

unset PYTHONHOME
export ARGUS_MODELS="$here/models" PYTHONPATH="$here"
# All files of the bundle bear the same time, by which bytecode would be taken for that of another version.
export PYTHONDONTWRITEBYTECODE=1
exec "$work/venv/bin/python" -u -m argus.device --state "$work/state" "$@"
