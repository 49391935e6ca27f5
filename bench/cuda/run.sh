#!/usr/bin/env bash
# Everything that a GPU is asked, in one call: builds, checks, measures beside PyTorch. Usage: run.sh OUT_FOLDER
# Environment: SINEW_JAVA (java of a JDK 25), CLASSES (a class path with bench and its libraries, instead of a build),
# CONFIGS, TYPES, BATCHES (as in GpuBench), PYTHON (python3; without PyTorch its figures are left out), SANITIZER
# (compute-sanitizer; left out where there is none).
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:?usage: run.sh OUT_FOLDER}
mkdir -p "$out"
out=$(cd "$out" && pwd)
failed=0

step() { # name, command: its output goes to a file, its end onto the screen
    local name=$1
    shift
    echo "== $name"
    if ! "$@" >"$out/$name.log" 2>&1; then
        echo "   FAILED: see $out/$name.log"
        failed=1
    fi
    tail -n "${LINES_SHOWN:-15}" "$out/$name.log" | sed 's/^/   /'
}

if [ -z "${CLASSES:-}" ]; then
    step build mvn -B -q -f "$root/pom.xml" -DskipTests -Dspotless.check.skip package
    CLASSES="$root/bench/target/sinew-bench.jar:$root/bench/target/lib/*"
fi
sinew=("${SINEW_JAVA:-java}" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp "$CLASSES")
configs=${CONFIGS:-default-h16,default-h64}
types=${TYPES:-f32,tf32,bf16,int8}
batches=${BATCHES:-1,8,64}

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | tee "$out/gpu.txt"

# Right first. The tiny model runs every kind of product, norm and step; the sanitizer slows it down a hundredfold.
step agreement "${sinew[@]}" sinew.bench.GpuBench --config tiny,demo --batch 1,8 --runs 3 --copy-mib 64
sanitizer=${SANITIZER:-compute-sanitizer}
if command -v "$sanitizer" >/dev/null; then
    for tool in memcheck racecheck; do
        step "sanitizer-$tool" timeout 300 "$sanitizer" --tool "$tool" --error-exitcode 9 "${sinew[@]}" \
            sinew.bench.GpuBench --config tiny --type f32,bf16,int8 --batch 1 --runs 1 --copy-mib 1
    done
else
    echo "== no $sanitizer here: memcheck and racecheck are left out"
fi

# Then fast.
peers=()
if "${PYTHON:-python3}" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
    step pytorch "${PYTHON:-python3}" "$here/torch_peer.py" "$out/pytorch.json" "$batches"
    [ -f "$out/pytorch.json" ] && peers=(--peers "$out/pytorch.json")
else
    echo "== no PyTorch with a GPU here: its figures are left out"
fi
LINES_SHOWN=60
step speed "${sinew[@]}" sinew.bench.GpuBench --config "$configs" --type "$types" --batch "$batches" \
    --json "$out/gpu.json" "${peers[@]}"
step profile "${sinew[@]}" sinew.bench.GpuBench --config "${configs%%,*}" --type bf16 --batch 1 --profile
step robots "${sinew[@]}" sinew.bench.SeveralRobots --device cuda --config "${configs%%,*}" --robots 1,8,64 --max-batch 64
exit $failed
