#!/usr/bin/env bash
# Makes the environment: system libraries that Debian or Ubuntu lacks, a virtual environment, the package with Blender.
# Never asks. Where it may not install, it prints the line to run and stops. Does nothing where all is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
EXTRAS=${EXTRAS:-blender,dev}
stamp="$VENV/.panic3d-setup"
want="$(sha256sum pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1) $EXTRAS"
if [ -x "$VENV/bin/panic3d" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then exit 0; fi

# What Blender (X libraries, though no display), Open3D (GL, USB, OpenMP) and pyrender (EGL) load, and who packages it.
libraries="libGL.so.1:libgl1 libEGL.so.1:libegl1 libGLESv2.so.2:libgles2 libusb-1.0.so.0:libusb-1.0-0
libgomp.so.1:libgomp1 libX11.so.6:libx11-6 libXi.so.6:libxi6 libXxf86vm.so.1:libxxf86vm1 libXfixes.so.3:libxfixes3
libXrender.so.1:libxrender1 libSM.so.6:libsm6 libICE.so.6:libice6 libxkbcommon.so.0:libxkbcommon0"
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
install_packages() {
    echo "setup: installing $* with apt-get"
    if command -v apt-get >/dev/null && { [ -z "$as_root" ] || $as_root true 2>/dev/null; } &&
        $as_root apt-get update -qq </dev/null &&
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq "$@" </dev/null >/dev/null; then
        return
    fi
    echo "setup: may not install system packages here. Run this, then make again:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y $*" >&2
    exit 1
}
if [ "$(uname -s)" = Linux ]; then
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
    missing=()
    for entry in $libraries; do
        [[ "$known" == *"${entry%%:*} "* ]] || missing+=("${entry##*:}")
    done
    compgen -G "/usr/lib*/dri/swrast_dri.so" >/dev/null || compgen -G "/usr/lib/*/dri/swrast_dri.so" >/dev/null ||
        compgen -G "/usr/lib/*/libgallium*" >/dev/null || missing+=(libgl1-mesa-dri)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
fi

is_311() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }
if [ ! -x "$VENV/bin/python" ] || ! is_311 "$VENV/bin/python"; then
    python=""
    for candidate in "${PYTHON:-python3.11}" python3.11 python3 python; do
        if is_311 "$candidate"; then python=$candidate && break; fi
    done
    if [ -z "$python" ]; then
        install_packages python3.11 python3.11-venv
        python=python3.11
        is_311 "$python" || { echo "setup: Python 3.11 is needed (bpy 4.5 has wheels for no other)" >&2; exit 1; }
    fi
    "$python" -m venv "$VENV"
fi
echo "setup: installing into $VENV. pip downloads about 1.2 GB (Open3D 0.4, Blender 0.37, torch 0.2), and on Linux, where"
echo "setup: it finds no CPU build of torch, some 3 GB of CUDA libraries with it. Nothing is compiled."
"$VENV/bin/python" -m pip install --quiet --no-input --disable-pip-version-check -e ".[$EXTRAS]" </dev/null
echo "$want" >"$stamp"
