#!/usr/bin/env bash
# Makes the environment: system libraries that Debian or Ubuntu lacks, a virtual environment, the package with its extras.
# Never asks. Where it may not install, it prints the command to run and stops. Does nothing where all is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
EXTRAS=${EXTRAS:-dev}
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

# Python 3.11 first: for it there is Blender's LTS, with which the figures in docs/ were measured and the test data made.
# Then 3.13, which has Blender 5, then 3.12, for which Blender has no wheel, so that `render` uses pyrender.
version_of() { "$1" -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
find_python() {
    local version candidate
    for version in 3.11 3.13 3.12; do
        for candidate in ${PYTHON:-"python$version" python3 python}; do
            [ "$(version_of "$candidate")" != "$version" ] || { echo "$candidate" && return; }
        done
    done
}
case "$(version_of "$VENV/bin/python" || true)" in
3.11 | 3.12 | 3.13) ;;
*)
    python=$(find_python)
    if [ -z "$python" ]; then
        # The distribution's Python may lack only the module venv.
        install_packages python3 python3-venv
        python=$(find_python)
        [ -n "$python" ] || { echo "setup: needs Python 3.11, 3.12 or 3.13, and found none" >&2; exit 1; }
    fi
    "$python" -m venv --clear "$VENV"
    ;;
esac

pip() { "$VENV/bin/python" -m pip "$@" --quiet --no-input --disable-pip-version-check </dev/null; }
pip install --upgrade pip || true  # the pip of Python 3.11 searches for ten minutes where a new one takes seconds
# Without a GPU, PyTorch's CPU build saves some 3 GB of CUDA libraries. PyPI has none for Linux, so that it is looked for
# on PyTorch's own index and where pip is configured to look; where it is not found, PyPI's build serves as well.
cpu_builds=(torch==2.13.0+cpu torchvision==0.28.0)
if [ "$(uname -s)" = Linux ] && [ ! -e /dev/nvidia0 ] && ! "$VENV/bin/python" -c "import torch" 2>/dev/null; then
    index=https://download.pytorch.org/whl/cpu
    "$VENV/bin/python" -c "import urllib.request as u; u.urlopen('$index/torch/', timeout=5)" 2>/dev/null || index=
    pip install ${index:+--extra-index-url "$index"} "${cpu_builds[@]}" 2>/dev/null ||
        echo "setup: found no CPU build of PyTorch; the CUDA build takes some 3 GB more"
fi
echo "setup: installing into $VENV, with about 1 GB of downloads besides PyTorch (Open3D 0.4, Blender 0.4). Nothing is compiled."
pip install --editable ".[$EXTRAS]"
echo "$want" >"$stamp"
