#!/bin/bash
# Installs from Debian the servers and tools that `npm run interop`, `npm run bench` and the lab (scripts/lab.ts) compare with.
# May be called again and again: what is there is left alone, and with all of it there nothing is asked of the network.
set -euo pipefail

packages=(
  bind9 bind9-utils bind9-dnsutils                  # named, dnssec-*, named-checkzone, dig, nsupdate
  ldnsutils                                         # ldns-signzone, ldns-verify-zone, ldns-keygen
  knot knot-dnsutils knot-dnssecutils               # kzonesign, kzonecheck, keymgr, kdig
  nsd unbound dnsperf validns
  python3-dnspython openssl procps util-linux
  tcpdump iproute2                                  # which ports queries leave from; network namespaces
  nghttp2-client curl xxd                           # load over HTTPS, for the judges
)
optional=(
  pdns-server pdns-tools                            # pdnsutil check-zone
  knot-resolver pdns-recursor                       # more resolvers for the lab
)

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
available() { [[ $(apt-cache policy "$1" 2>/dev/null) == *'Candidate: '[0-9]* ]]; }
missing_of() { local p; for p in "$@"; do installed "$p" || echo "$p"; done; }

command -v apt-get >/dev/null || { echo 'install-peers: this is not Debian: no apt-get' >&2; exit 3; }
mapfile -t wanted < <(missing_of "${packages[@]}" "${optional[@]}")
[ ${#wanted[@]} -gt 0 ] || { echo 'install-peers: all there'; exit 0; }

sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
apt() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 "$@"; }

# None of the servers is to start by itself: each test starts its own, on its own port.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
  "${sudo[@]}" chmod 755 "$policy"
fi

# The lists of packages have a lock of their own, for which apt-get does not wait: a few tries.
for try in 1 2 3 4 5 6; do
  apt update && break
  [ "$try" = 6 ] && exit 3
  sleep 10
done

needed=()
for package in "${wanted[@]}"; do
  if [[ " ${optional[*]} " != *" $package "* ]] || available "$package"; then needed+=("$package"); fi
done
if [ ${#needed[@]} -gt 0 ]; then
  echo "install-peers: ${needed[*]}"
  apt install -y --no-install-recommends "${needed[@]}" >/dev/null
fi
mapfile -t missing < <(missing_of "${packages[@]}")
[ ${#missing[@]} -eq 0 ] || { echo "install-peers: could not be installed: ${missing[*]}" >&2; exit 3; }
