#!/usr/bin/env bash
# Installs what Parley needs of the system and does not find: deps.sh compiler database browser
# Everything comes from the machine's own package sources. What is installed
# already stays as it is, and no existing database cluster is touched.
set -euo pipefail
cd "$(dirname "$0")/.."
# pgvector's makefile needs the built-in rules that ours does without.
unset MAKEFLAGS MFLAGS

oldest_postgres=15
oldest_pgvector=0.8
# Seconds to wait for somebody else who is installing, such as a second checkout.
apt_patience=600

say() { echo "==> $*"; }
give_up() {
	echo "$*" >&2
	exit 1
}
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1)" == "$2" ]]; }

# as_root runs a command with the rights to install packages.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	elif [[ -n "${CI:-}" || ! -t 0 ]]; then
		sudo -n "$@"
	else
		sudo "$@"
	fi
}

# can_install says why packages cannot be installed, or nothing.
can_install() {
	local what=$1
	command -v apt-get >/dev/null ||
		give_up "$what is missing, and only apt-get is known here: install it with this machine's package manager and run make again."
	[[ $EUID -eq 0 ]] || command -v sudo >/dev/null ||
		give_up "$what is missing, and installing it needs root: install it yourself, or run make again as root or with sudo available."
}

refreshed=
install() {
	if [[ -z "$refreshed" ]]; then
		say "Reading the package lists"
		as_root apt-get -qq -o DPkg::Lock::Timeout=$apt_patience update || say "The package lists could not be refreshed; going on with those there are"
		refreshed=1
	fi
	say "Installing $*"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq --no-upgrade --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=$apt_patience install -y "$@" >/dev/null ||
		give_up "apt-get could not install $*: see its messages above, install them by hand and run make again."
}

# postgres_versions lists the installed major versions that are new enough.
postgres_versions() {
	local dir
	for dir in /usr/lib/postgresql/*/bin; do
		[[ -x "$dir/initdb" && -x "$dir/postgres" ]] || continue
		dir=$(basename "$(dirname "$dir")")
		if ((dir >= oldest_postgres)); then echo "$dir"; fi
	done | sort -rn
}

# has_pgvector MAJOR
has_pgvector() { pgvector_in "/usr/share/postgresql/$1"; }

# pgvector_in SHAREDIR
pgvector_in() {
	local control=$1/extension/vector.control version
	[[ -r "$control" ]] || return 1
	version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$control")
	at_least "$version" "$oldest_pgvector"
}

# in_path is for a Postgres that no Debian package brought.
in_path() {
	command -v postgres >/dev/null && command -v pg_config >/dev/null && pgvector_in "$(pg_config --sharedir)"
}

database() {
	local major
	[[ -z "${DATABASE_URL:-}" ]] || return 0
	in_path && return 0
	for major in $(postgres_versions); do
		has_pgvector "$major" && return 0
	done
	can_install "PostgreSQL with pgvector"
	major=$(postgres_versions | head -1)
	if [[ -z "$major" ]]; then
		major=$(install_postgres)
	fi
	has_pgvector "$major" || packaged_pgvector "$major" || source_pgvector "$major"
	has_pgvector "$major" ||
		give_up "pgvector $oldest_pgvector or newer for PostgreSQL $major could not be installed: install it from https://github.com/pgvector/pgvector, or set DATABASE_URL to a database that has it."
}

# install_postgres installs the newest packaged version and prints its number.
# No cluster is made for it: Parley has its own.
install_postgres() {
	local major setting=/etc/postgresql-common/createcluster.d/parley.conf
	{
		install postgresql-common
		major=$(apt-cache --names-only search '^postgresql-[0-9]+$' | sed -E 's/^postgresql-([0-9]+) .*/\1/' | sort -n | tail -1)
		[[ -n "$major" ]] && ((major >= oldest_postgres)) ||
			give_up "this machine's package sources have no PostgreSQL $oldest_postgres or newer: add one that has, or set DATABASE_URL."
		as_root mkdir -p "$(dirname "$setting")"
		echo 'create_main_cluster = false' | as_root tee "$setting" >/dev/null
		install "postgresql-$major"
		as_root rm -f "$setting"
	} >&2
	echo "$major"
}

# packaged_pgvector MAJOR fails when there is no package, or only an old one.
packaged_pgvector() {
	local package=postgresql-$1-pgvector version
	version=$(apt-cache show "$package" 2>/dev/null | sed -n 's/^Version: //p' | head -1)
	[[ -n "$version" ]] && at_least "$version" "$oldest_pgvector" || return 1
	install "$package"
}

# source_pgvector MAJOR builds Debian's source package. Its place is the machine's
# own mirror; lists and cache are kept apart, so that the system's stay as they are.
source_pgvector() {
	local major=$1 tarball
	install "postgresql-server-dev-$major" gcc make libc6-dev
	work=$(mktemp -d) # not local: it is removed when the script ends
	trap 'rm -rf "$work"' EXIT
	say "Fetching the source package of pgvector"
	debian_source_list >"$work/sources.list" ||
		give_up "pgvector is missing, and this machine's package sources name no Debian mirror with its source: install pgvector $oldest_pgvector or newer by hand, or set DATABASE_URL."
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
	# What the system does after reading its own lists is none of ours.
	echo '#clear APT::Update::Post-Invoke; #clear APT::Update::Post-Invoke-Success;' >"$work/apt.conf"
	local apt=(apt-get -qq -c "$work/apt.conf" -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=)
	# apt checks the lists' signature and the files' checksums.
	"${apt[@]}" update || give_up "the list of Debian's source packages could not be read: check the network, or install pgvector by hand."
	(cd "$work/source" && "${apt[@]}" source --download-only pgvector) ||
		give_up "the source package of pgvector could not be fetched: check the network, or install pgvector by hand."
	tarball=$(echo "$work"/source/pgvector_*.orig.tar.*)
	say "Building pgvector for PostgreSQL $major"
	mkdir "$work/build"
	tar -xf "$tarball" -C "$work/build" --strip-components=1
	# Without -march=native, so that the result also runs on another machine.
	make -s -C "$work/build" PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config" OPTFLAGS= >/dev/null ||
		give_up "pgvector does not compile here: see the compiler's messages above."
	as_root make -s -C "$work/build" PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config" OPTFLAGS= install >/dev/null
}

# debian_source_list prints a source entry for the release that has pgvector 0.8,
# with the mirror and the keyring of the machine's own entry for its release.
debian_source_list() {
	local codename entry uri source keyring
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	entry=$(apt-get indextargets 'Created-By: Packages' 'Origin: Debian' "Codename: $codename" 'Component: main')
	uri=$(sed -n 's/^Repo-URI: //p' <<<"$entry" | head -1)
	source=$(sed -n 's/^Sourcesentry: \(.*\):[0-9]*$/\1/p' <<<"$entry" | head -1)
	[[ -n "$uri" ]] || return 1
	keyring=$(sed -nE 's/^Signed-By: *(\/.*)/\1/p; s/.*\[.*signed-by=([^] ]*).*/\1/p' "$source" | head -1)
	echo "deb-src ${keyring:+[signed-by=$keyring] }$uri trixie main"
}

# compiler is for the race detector, which is written in C.
compiler() {
	command -v gcc >/dev/null || command -v cc >/dev/null && return 0
	can_install "A C compiler"
	install gcc libc6-dev
}

browser() {
	local name
	[[ -z "${PARLEY_CHROMIUM:-}" ]] || return 0
	for name in chromium chromium-browser google-chrome; do
		command -v "$name" >/dev/null && return 0
	done
	can_install "Chromium"
	install chromium fonts-dejavu-core
	command -v chromium >/dev/null ||
		give_up "no Chromium was installed: install one and set PARLEY_CHROMIUM to its path."
}

for part in "$@"; do
	case $part in
	compiler | database | browser) "$part" ;;
	*) give_up "unknown part $part" ;;
	esac
done
