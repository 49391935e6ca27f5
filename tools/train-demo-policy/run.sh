#!/usr/bin/env bash
# Records demonstrations, trains the bundled policy and converts it: everything from nothing to a weights file.
# Stopped at any point it goes on from its last save when started again. Usage: run.sh WORK_FOLDER
# Environment: EPISODES (plain look, 500), VARIED (varied look, 120), THREADS (2), PYTHON (python3).
set -euo pipefail

work=${1:?usage: run.sh WORK_FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
sinew=$here/../../sinew
mkdir -p "$work"

record() { # name, episodes, first seed, more options
    local name=$1 episodes=$2 seed=$3
    shift 3
    [ -f "$work/$name/meta.json" ] && return 0 # written last
    rm -rf "${work:?}/$name"
    "$sinew" record --env.type sim --env.task lift --format raw --raw-size 96x128 --episodes "$episodes" \
        --env.seed "$seed" -o "$work/$name" "$@" >"$work/$name.log"
    tail -1 "$work/$name.log"
}

record plain "${EPISODES:-500}" 1000000 --action-noise 0.8
record varied "${VARIED:-120}" 2000000 --action-noise 0.8 --env.variation

cd "$here"
"${PYTHON:-python3}" train.py all --data "$work/plain" "$work/varied" --out "$work/run" --threads "${THREADS:-2}" \
    2>&1 | tee -a "$work/train.log"
"$sinew" convert --type bf16 -o "$work/lift-sim.gguf" "$work/run/checkpoint"
"$sinew" convert --type f32 -o "$work/lift-sim-f32.gguf" "$work/run/checkpoint"
