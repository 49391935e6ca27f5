// A plot per joint: where it is, where it was sent, where a demonstration went.

import { plot } from "./plot.js";

const LINES = [
    { label: "ground truth", colour: "--truth", dash: [5, 3] },
    { label: "state", colour: "--state" },
    { label: "action", colour: "--action" },
];
// The SO-101's joints in the order of every vector.
const JOINTS = ["shoulder pan", "shoulder lift", "elbow flex", "wrist flex", "wrist roll", "gripper"];

/** The names of all joints, from the states by arm: `{arm: [6]}` or `{left_arm: [6], right_arm: [6]}`. */
function names(states) {
    const arms = Object.entries(states);
    return arms.flatMap(([arm, values]) =>
        values.map((_, i) => {
            const joint = values.length === JOINTS.length ? JOINTS[i] : `joint ${i + 1}`;
            return arms.length > 1 ? `${arm.replace("_arm", "")} ${joint}` : joint;
        }),
    );
}

/** Shows joints in `parent`; `show(now)` after every update. */
export function joints(parent, points) {
    let shown = "";
    let rows = [];

    function build(labels) {
        parent.replaceChildren();
        parent.dataset.arms = Math.ceil(labels.length / JOINTS.length);
        rows = labels.map((label, i) => {
            const element = document.createElement("article");
            element.className = "joint";
            const head = document.createElement("h3");
            const name = document.createElement("span");
            name.textContent = label;
            const values = document.createElement("output");
            values.setAttribute("aria-label", `${label}: state, action, ground truth`);
            const fields = ["state", "action", "truth"].map((line) => {
                const field = document.createElement("span");
                field.dataset.line = line;
                values.append(field);
                return field;
            });
            head.append(name, values);
            const frame = document.createElement("div");
            frame.className = "plot";
            frame.setAttribute("role", "img");
            frame.setAttribute("aria-label", `${label} over the last 300 steps`);
            element.append(head, frame);
            parent.append(element);
            const draw = plot(frame, points, LINES,
                (point) => [point.truth?.[i], point.states[i], point.action?.[i]]);
            return { fields, draw };
        });
    }

    return (now) => {
        const labels = names(now.states);
        if (labels.join() !== shown) {
            shown = labels.join();
            build(labels);
        }
        const states = Object.values(now.states).flat();
        rows.forEach((row, i) => {
            [states[i], now.applied?.[i], now.truth?.[i]].forEach((value, k) => {
                row.fields[k].textContent = value === undefined || value === null ? "" : value.toFixed(2);
            });
            row.draw();
        });
    };
}
