#!/usr/bin/env bash
# Records demonstrations, trains the bundled policy and converts it: everything from nothing to a weights file.
# Stopped at any point it goes on from its last save when started again. Usage: run.sh WORK_FOLDER
# Environment: EPISODES (plain look, 1700), VARIED (varied look, 120), TAKEOVERS (750), AGAIN (500), THREADS (2),
# PYTHON (python3), TRAIN (more options of train.py, for instance --bf16).
set -euo pipefail

work=${1:?usage: run.sh WORK_FOLDER}
mkdir -p "$work"
work=$(cd "$work" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
sinew=$here/../../sinew
read -ra more <<<"${TRAIN:-}"

record() { # name, episodes, first seed, more options
    local name=$1 episodes=$2 seed=$3
    shift 3
    [ -f "$work/$name/meta.json" ] && return 0 # written last
    rm -rf "${work:?}/$name"
    "$sinew" record --env.type sim --env.task lift --format raw --raw-size 96x128 --action-noise 0.8 \
        --episodes "$episodes" --env.seed "$seed" -o "$work/$name" "$@" >"$work/$name.log"
    tail -1 "$work/$name.log"
}

train() { # stage, run, more options
    (cd "$here" && "${PYTHON:-python3}" train.py "$1" --out "$work/$2" --threads "${THREADS:-2}" "${@:3}" "${more[@]}" \
        2>&1 | tee -a "$work/train.log")
}

record plain "${EPISODES:-1700}" 1000000
record varied "${VARIED:-120}" 2000000 --env.variation

# A first policy, for its mistakes.
if [ ! -f "$work/first.gguf" ]; then
    data=(--data "$work/plain" "$work/varied")
    train encoder first "${data[@]}" --encoder-steps 3000
    train unet first "${data[@]}" --unet-steps 14000 --unet-batch 128 --every 2
    "$sinew" convert --type bf16 -o "$work/first.gguf" "$work/first/checkpoint"
fi
record takeover "${TAKEOVERS:-750}" 3000000 --policy.path "$work/first.gguf"

# Its encoder goes on learning, its denoiser begins anew.
mkdir -p "$work/second"
[ -f "$work/second/encoder.pt" ] || cp "$work/first/encoder.pt" "$work/second/encoder.pt"
data=(--data "$work/plain" "$work/varied" "$work/takeover")
if [ ! -f "$work/second.gguf" ]; then
    train encoder second "${data[@]}" --encoder-steps 9000
    train unet second "${data[@]}" --unet-steps 14000 --unet-batch 128 --every 2
    "$sinew" convert --type bf16 -o "$work/second.gguf" "$work/second/checkpoint"
fi

# The mistakes of the second policy, and a denoiser that knows them. Its encoder sees well enough.
record again "${AGAIN:-500}" 3300000 --policy.path "$work/second.gguf"
mkdir -p "$work/run"
[ -f "$work/run/encoder.pt" ] || cp "$work/second/encoder.pt" "$work/run/encoder.pt"
data+=("$work/again")
train unet run "${data[@]}" --unet-steps 20000 --unet-batch 128 --every 2
"$sinew" convert --type bf16 -o "$work/lift-sim.gguf" "$work/run/checkpoint"
"$sinew" convert --type f32 -o "$work/lift-sim-f32.gguf" "$work/run/checkpoint"
