# Sourced by the scripts beside it: the virtual environment, its packages, and the packages of the system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin

say() { printf '==> %s\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
may_install() { is_root && command -v apt-get >/dev/null; }

apt_install() {
  local output
  say "Memasang paket sistem: $*"
  # RUNLEVEL=1: Debian then leaves the services that come with the packages stopped.
  output=$({ apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -yqq --no-install-recommends "$@"; } \
    </dev/null 2>&1) || die "$output"$'\n'"Paket sistem gagal dipasang, lihat di atas."
}

# system_packages PURPOSE...: installs what is missing if it may; what stays missing is in MISSING, as `package ...`.
system_packages() {
  local purpose package evidence libraries
  libraries=$(ldconfig -p 2>/dev/null || true)
  MISSING=
  while read -r purpose package evidence; do
    [[ " $* " == *" $purpose "* ]] || continue
    case $evidence in
      *.so.*) [[ $libraries == *"$evidence "* ]] ;;
      /*) compgen -G "$evidence" >/dev/null ;;
      *) command -v "$evidence" >/dev/null ;;
    esac || MISSING+=" $package"
  done < script/system-packages.txt
  MISSING=${MISSING# }
  if [ -n "$MISSING" ] && may_install; then
    # shellcheck disable=SC2086 # a list of names
    apt_install $MISSING
    MISSING=
  fi
}

right_python() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
  local python
  for python in python3 python3.13 python3.12 python3.11; do
    if right_python "$python"; then echo "$python"; return; fi
  done
  return 1
}

virtual_environment() {
  local python
  [ -x .venv/bin/pip ] && right_python .venv/bin/python && return # pip comes last
  find_python >/dev/null || ! may_install || apt_install python3 python3-venv
  python=$(find_python) || die "Kinerjaku memerlukan Python 3.11, 3.12, atau 3.13; di sini tidak ada. Pasang dahulu, misalnya: sudo apt-get install python3 python3-venv"
  say "Membuat .venv dengan $("$python" --version)"
  "$python" -m venv --clear .venv >/dev/null 2>&1 && return
  may_install || die "Modul venv milik $python belum terpasang. Ketik: sudo apt-get install python3-venv"
  apt_install python3-venv
  "$python" -m venv --clear .venv
}

# python_packages FILE: nothing to do if the requirements have not changed since the last time.
python_packages() {
  local stamp=.venv/$1.installed wanted
  virtual_environment
  wanted=$(cat requirements.txt "$1" | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  say "Memasang paket Python dari $1"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$1"
  echo "$wanted" > "$stamp"
}
