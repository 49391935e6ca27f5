// The numbers and the chunk's progress.

const NOTHING = "–";

const ms = (value) => (value === null ? NOTHING : [value.toFixed(value < 100 ? 1 : 0), "ms"]);

const FIGURES = [
    ["episode", "Episode", (now) => String(now.episode || NOTHING)],
    ["step", "Step", (now) => String(now.step)],
    ["finished", "Finished", (now) => String(now.tally.episodes)],
    ["success", "Success rate", ({ tally }) => (tally.labelled === 0 ? NOTHING
        : [`${Math.round(tally.success_rate * 100)}%`, `${tally.successes} of ${tally.labelled}`])],
    ["round-trip", "Round trip", (now) => ms(now.timing.round_trip_ms)],
    ["infer", "Inference", (now) => ms(now.timing.infer_ms)],
    ["server", "Server, prev.", (now) => ms(now.timing.prev_total_ms)],
    ["rate", "Control rate", (now) => (now.timing.rate_hz === null ? NOTHING : [now.timing.rate_hz.toFixed(1), "Hz"])],
    ["late", "Late steps", ({ pace }) => (pace.late === null ? NOTHING : [String(pace.late), `jitter ${pace.jitter_ms.toFixed(1)} ms`])],
    ["idle", "Without action", ({ pace }) => (pace.idle === null ? NOTHING : [String(pace.idle), "steps"])],
    ["queue", "Queue", (now) => [String(now.chunk.left), "actions"]],
    ["seam", "Last seam", ({ pace }) => (pace.seam_position === null ? NOTHING
        : [pace.seam_position.toFixed(2), `Δv ${pace.seam_velocity.toFixed(2)} ${pace.seam_rule}`])],
];

/** Builds the list; the function that it returns shows the figures of a step. */
export function figures() {
    const list = document.getElementById("figures");
    const fields = FIGURES.map(([key, label]) => {
        const row = document.createElement("div");
        const term = document.createElement("dt");
        term.textContent = label;
        const value = document.createElement("dd");
        value.id = `figure-${key}`;
        value.textContent = NOTHING;
        row.append(term, value);
        list.append(row);
        return value;
    });
    return (now) => {
        FIGURES.forEach(([, , read], i) => fill(fields[i], read(now)));
        chunk(now.chunk);
    };
}

function fill(field, shown) {
    if (typeof shown === "string") {
        field.textContent = shown;
        return;
    }
    const unit = document.createElement("small");
    unit.textContent = ` ${shown[1]}`;
    field.replaceChildren(shown[0], unit);
}

function chunk({ index, length, left }) {
    const done = length - left;
    const bar = document.getElementById("chunk");
    bar.setAttribute("aria-valuemax", length);
    bar.setAttribute("aria-valuenow", done);
    document.getElementById("chunk-fill").style.width = length === 0 ? "0" : `${(100 * done) / length}%`;
    document.getElementById("chunk-text").textContent =
        index < 0 ? NOTHING : `${done} of ${length} actions · chunk ${index + 1}`;
}
