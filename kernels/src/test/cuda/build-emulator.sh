#!/usr/bin/env bash
# Builds the emulator and all kernels for the processor, as OUT_DIR/libcuda.so.1. With --self-test it builds and runs
# the emulator's own tests instead. CXX names another compiler than g++, CXXFLAGS adds flags.
#
# usage: build-emulator.sh [--self-test] OUT_DIR
set -euo pipefail

self_test=false
if [ "${1:-}" = --self-test ]; then
    self_test=true
    shift
fi
if [ $# -ne 1 ]; then
    echo "usage: build-emulator.sh [--self-test] OUT_DIR" >&2
    exit 2
fi

compiler=${CXX:-g++}
if ! command -v "${compiler%% *}" > /dev/null; then
    echo "build-emulator: there is no C++ compiler '$compiler' (CXX names another one)" >&2
    exit 3
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
main=$(cd "$here/../../main/cuda" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)

common="-std=c++17 -fPIC -fvisibility=hidden -g1 -Wall -Wno-unknown-pragmas -I$here"
emulator_flags="-O3 -Wextra $common"
# No products fused into sums but where a kernel says so, and a trap where an index leaves its array or an address is
# not aligned, as a GPU demands it.
kernel_flags="-O2 $common -DSINEW_EMULATED -I$main -ffp-contract=off -Wno-unused-function
    -fsanitize=alignment,bounds -fsanitize-undefined-trap-on-error"

shopt -s nullglob
emulator_sources=("$here"/emulator.cpp "$here"/blocks.cpp "$here"/memory.cpp)
if $self_test; then
    objects=$out/self-test-objects
    output=$out/self-test
    kernel_sources=("$here"/self-test.cu)
    emulator_sources+=("$here"/self-test.cpp)
else
    objects=$out/objects
    output=$out/libcuda.so.1
    kernel_sources=("$main"/*.cu)
fi
mkdir -p "$objects"

# One build at a time in this directory, where the system can see to that.
if command -v flock > /dev/null; then
    exec 9> "$objects/lock"
    flock 9
fi

# What is built with other flags or from another list of files is built anew.
recipe="$compiler ${CXXFLAGS:-} $emulator_flags $kernel_flags ${kernel_sources[*]} ${emulator_sources[*]}"
if [ ! -f "$objects/recipe" ] || [ "$(cat "$objects/recipe")" != "$recipe" ]; then
    rm -f "$objects"/*.o "$output"
    printf '%s\n' "$recipe" > "$objects/recipe"
fi

newest=("$here"/*.h "$main"/*.cuh "$here/shared.ld" "${BASH_SOURCE[0]}")
is_old() {
    local target=$1 source
    shift
    [ -e "$target" ] || return 0
    for source in "$@" "${newest[@]}"; do
        [ "$source" -nt "$target" ] && return 0
    done
    return 1
}

# Writes one file's object under another name first, so that a build that is cut off leaves none that looks finished.
compile() {
    local source=$1 object=$2
    shift 2
    # shellcheck disable=SC2086
    $compiler "$@" ${CXXFLAGS:-} -c "$source" -o "$object.part.o" && mv "$object.part.o" "$object"
}

jobs_limit=$(nproc 2> /dev/null || echo 2)
running=0
failed=0
changed=false
start() {
    if [ "$running" -ge "$jobs_limit" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    compile "$@" &
    running=$((running + 1))
    changed=true
}

kernel_objects=()
for source in "${kernel_sources[@]}"; do
    object=$objects/$(basename "$source").o
    kernel_objects+=("$object")
    # shellcheck disable=SC2086
    if is_old "$object" "$source"; then start "$source" "$object" $kernel_flags -x c++; fi
done
emulator_objects=()
for source in "${emulator_sources[@]}"; do
    object=$objects/$(basename "$source").o
    emulator_objects+=("$object")
    # shellcheck disable=SC2086
    if is_old "$object" "$source"; then start "$source" "$object" $emulator_flags; fi
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
if [ "$failed" -ne 0 ]; then
    echo "build-emulator: not all files compile" >&2
    exit 1
fi

if $changed || is_old "$output" "${kernel_objects[@]}" "${emulator_objects[@]}"; then
    joined=()
    if [ ${#kernel_objects[@]} -gt 0 ]; then
        joined=("$objects/kernels.joined")
        $compiler -r -nostdlib -Wl,-T,"$here/shared.ld" -Wl,--force-group-allocation "${kernel_objects[@]}" \
            -o "${joined[0]}"
    fi
    if $self_test; then
        link=()
    else
        link=(-shared -Wl,-soname,libcuda.so.1 -Wl,-Bsymbolic -Wl,-z,defs)
    fi
    $compiler "${link[@]}" "${emulator_objects[@]}" "${joined[@]}" -o "$output.part" -lpthread -ldl -lm
    mv "$output.part" "$output"
fi

if $self_test; then "$output"; fi
