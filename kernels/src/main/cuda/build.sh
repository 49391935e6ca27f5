#!/usr/bin/env bash
# Compiles the kernels to PTX, the form that the driver translates for the GPU it finds, and puts it among the
# resources, where it is checked in: who builds Sinew needs no CUDA toolkit. Usage: build.sh [OUT_FOLDER]
# Environment: NVCC (nvcc).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../resources/sinew/kernels/cuda}
mkdir -p "$out"

# The oldest GPUs whose tensor cores multiply bfloat16, and the oldest driver that Sinew takes (CUDA 12.0): the
# kernels use nothing newer, whatever version of PTX today's compiler writes on top.
arch=compute_80
ptx_version=8.0

for source in "$here"/*.cu; do
    name=$(basename "$source" .cu)
    part=$out/$name.ptx.part
    (cd "$here" && "${NVCC:-nvcc}" -std=c++17 -arch=$arch -ptx "$name.cu" -o "$part")
    # Test CompiledKernelsTest compares this line with the sources.
    sum=$(cat "$source" "$here"/*.cuh | sha256sum | cut -c1-64)
    {
        echo "// of $name.cu and the .cuh files, sha256 $sum"
        sed "s/^\.version .*/.version $ptx_version/" "$part"
    } >"$out/$name.ptx"
    rm "$part"
    echo "$name.ptx: $(grep -c '^\.visible \.entry' "$out/$name.ptx") kernels, $(wc -c <"$out/$name.ptx") bytes"
done
