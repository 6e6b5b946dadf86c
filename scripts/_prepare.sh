# shellcheck shell=bash
# Sourced by the other scripts. `prepare run` or `prepare dev` gives the checkout an environment of its own
# (.venv, from requirements/*.txt) and its models; when both are there already it takes some milliseconds.
# Sets `root` (the checkout) and `python` (the environment's).
#
#   ARGUS_PYTHON   the Python to make the environment with, instead of the first that fits
#   ARGUS_MODELS   a folder of models made before; then none are fetched

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$root/.venv/bin/python

prepare() {
    local lock=$1
    if is_installed "$lock" && has_models; then
        return
    fi
    # One set-up at a time; whoever waited finds it done.
    mkdir -p "$root/.cache"
    (
        trap '(($? == 0)) || echo "argus: set-up stopped for the reason above; run the same again to go on"' EXIT
        flock 9
        # `if`, not `||`: inside a list, bash would not stop at a command that fails.
        if ! is_installed "$lock"; then install "$lock"; fi
        if ! has_models; then make_models; fi
    ) 9>"$root/.cache/prepare.lock" >&2
}

# Beside what is installed lies a note of it: the place the environment was made for, the version, the lock.
is_installed() {
    [[ -x $python ]] && stamp "$1" | cmp -s - "$root/.venv/argus-$1.stamp"
}

stamp() {
    echo "$root"
    cat "$root/components/argus/__init__.py" "$root/requirements/$1.txt"
}

install() {
    local unfinished=$root/.venv/argus-unfinished base
    # What was interrupted half-way, and what stands on a Python that is gone, is made anew.
    if [[ -e $unfinished ]] || [[ -e $root/.venv && ! -x $python ]]; then
        rm -rf "$root/.venv"
    fi
    if [[ ! -e $root/.venv ]]; then
        base=$(find_python)
        echo "argus: making .venv with $("$base" --version)"
        mkdir "$root/.venv"
        touch "$unfinished"
        "$base" -m venv "$root/.venv"
    fi
    touch "$unfinished"
    echo "argus: installing requirements/$1.txt"
    "$python" -m pip install --disable-pip-version-check --require-hashes -r "$root/requirements/$1.txt"
    "$python" -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e "$root"
    stamp "$1" >"$root/.venv/argus-$1.stamp"
    if [[ $1 == dev ]]; then
        stamp run >"$root/.venv/argus-run.stamp" # dev is run and more
    fi
    rm "$unfinished"
}

find_python() {
    local candidate
    for candidate in ${ARGUS_PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
        if "$candidate" -c '
import sys, ensurepip, venv
sys.exit(sys.implementation.name != "cpython" or not (3, 10) <= sys.version_info[:2] <= (3, 13))
' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "argus: install CPython 3.10 to 3.13 with its venv module (Debian, Ubuntu: apt install python3-venv)" >&2
    return 2
}

# The finished models carry a copy of the manifest that they were made by.
has_models() {
    [[ -n ${ARGUS_MODELS:-} ]] || cmp -s "$root/models/manifest.json" "$root/models/built/manifest.json"
}

make_models() {
    "$python" -m models.portraits
    "$python" -m models
}
