#!/bin/sh
# Runs the component's program: `run.sh WORK [ARGUMENT...]`; WORK is Greengrass's {work:path}, which install.sh filled.
#
#   ARGUS_ENVIRONMENT   the Python environment to run in, instead of the one in use
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=${1:?"usage: run.sh WORK [ARGUMENT...]"}
work=${work%/}
shift

# Its own place and not WORK/venv, which leads to another one once a new version was installed beside this program.
environment=$(cd -P "${ARGUS_ENVIRONMENT:-$work/venv}" && pwd)
unset PYTHONHOME ARGUS_ENVIRONMENT
export ARGUS_MODELS="$here/models" PYTHONPATH="$here"
# All files of the bundle bear the same time, by which bytecode would be taken for that of another version.
export PYTHONDONTWRITEBYTECODE=1
# boto3 does not look at the region that nucleus lite names.
if [ -z "${AWS_DEFAULT_REGION:-}" ] && [ -n "${AWS_REGION:-}" ]; then
    export AWS_DEFAULT_REGION="$AWS_REGION"
fi
exec "$environment/bin/python" -u -m argus.device --state "$work/state" "$@"
