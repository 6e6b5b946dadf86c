#!/bin/sh
# Makes the Python environment of the component: `install.sh WORK`, as the user that the component runs as.
#
# WORK is Greengrass's {work:path}. The environment is WORK/environments/<id>, where the id follows from the lock and
# from the Python; WORK/venv leads to the one in use. One that is there already is used as it is, the one used before
# stays, so that going back to an earlier version of the component needs no network, and others are removed.
# The same may be run again at any time, also beside a running program of this or of another version, which goes on
# with its own environment; what was interrupted is made anew.
#
#   ARGUS_PYTHON       the Python to use, instead of the newest that fits
#   ARGUS_OS_RELEASE   what tells which system this is, instead of /etc/os-release
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=${1:?"usage: install.sh WORK"}
work=${work%/}
unset PYTHONHOME PYTHONPATH

say() {
    printf 'argus: %s\n' "$1"
}

fail() {
    printf 'argus: %s\n' "$1" >&2
    exit 1
}

# Whether this is a CPython that wheels exist for, and that can make an environment.
fits() {
    "$1" -I -c '
import sys, ensurepip, platform, venv
sys.exit(not (sys.implementation.name == "cpython" and (3, 10) <= sys.version_info[:2] <= (3, 13)
              and sys.maxsize > 2**32 and platform.libc_ver()[0] == "glibc"))
' 2>/dev/null
}

find_python() {
    for candidate in ${ARGUS_PYTHON:-python3.13 python3.12 python3.11 python3.10 python3}; do
        if fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

how_to_get_python() {
    system=$(. "${ARGUS_OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}") || system=
    case $system in
    "amzn 2023"*) echo "sudo dnf install -y python3.11" ;;
    "debian 1"[2-9]* | "raspbian 1"[2-9]* | "ubuntu 2"[2-5]*) echo "sudo apt-get install -y python3-venv" ;;
    debian* | raspbian*) echo "an upgrade to Debian 12 (Raspberry Pi OS bookworm) or newer, then sudo apt-get install -y python3-venv" ;;
    ubuntu*) echo "Ubuntu 22.04 or 24.04, then sudo apt-get install -y python3-venv" ;;
    *) echo "your system's package, or one from python.org" ;;
    esac
}

# What an environment must have been made of to be used again: the lock, and the Python with its place.
identity() {
    "$1" -I -c '
import hashlib, os, sys
lock = open(sys.argv[1], "rb").read()
python = f"{sys.version} {os.path.realpath(sys.executable)}".encode()
print(f"cp{sys.version_info[0]}{sys.version_info[1]}-{hashlib.sha256(lock + python).hexdigest()[:16]}")
' "$here/requirements.txt"
}

is_whole() {
    [ -f "$1/complete" ] && "$1/bin/python" -I -c '' 2>/dev/null
}

make_environment() {
    environment=$1 python=$2 tag=$3
    rm -rf "$environment"
    # pip unpacks here, since /tmp lies in memory on many systems.
    mkdir -p "$environment/tmp"
    export TMPDIR="$environment/tmp"
    say "making an environment with $("$python" --version) ($python)"
    "$python" -I -m venv "$environment" || fail "the environment could not be made; the reason stands above"
    set -- --disable-pip-version-check --no-input --quiet --progress-bar off --no-cache-dir
    set -- "$@" --require-hashes --only-binary :all: --requirement "$here/requirements.txt"
    if [ -f "$here/wheels/$tag.txt" ]; then
        say "installing from the bundled wheels"
        "$environment/bin/python" -m pip --isolated install "$@" --no-index --find-links "$here/wheels" ||
            fail "the bundled wheels could not be installed; pip's reason stands above. Is the disk full?"
    else
        say "installing from the package index; some minutes are normal"
        "$environment/bin/python" -m pip install "$@" ||
            fail "the packages could not be installed; pip's reason stands above. A device without a way to the package \
index needs a component built with 'scripts/build_component --wheels'"
    fi
    rm -rf "$environment/tmp"
    unset TMPDIR
    # What a power cut leaves behind must not look whole.
    sync
    touch "$environment/complete"
}

# From now on WORK/venv leads to the environment $1; of the others only the one used before stays.
use() {
    before=$(readlink "$work/venv") || before=
    if [ "$before" != "environments/$1" ]; then
        rm -f "$work/venv.new"
        ln -s "environments/$1" "$work/venv.new"
        "$python" -I -c 'import os, sys; os.replace(*sys.argv[1:])' "$work/venv.new" "$work/venv"
        for other in "$work/environments"/*; do
            case "environments/${other##*/}" in
            "environments/$1" | "$before") ;;
            *) rm -rf "$other" ;;
            esac
        done
    fi
}

if ! python=$(find_python); then
    fail "no CPython 3.10 to 3.13 (64 bit, glibc) with its venv module was found; what helps: $(how_to_get_python). \
Then deploy again"
fi
id=$(identity "$python")
mkdir -p "$work/environments"
if is_whole "$work/environments/$id"; then
    say "the environment is there already ($id)"
else
    make_environment "$work/environments/$id" "$python" "${id%%-*}"
fi
say "checking what was installed"
ARGUS_ENVIRONMENT="$work/environments/$id" sh "$here/run.sh" "$work" --check ||
    fail "what was installed does not work, for the reason above; what was used before stays in use"
use "$id"
