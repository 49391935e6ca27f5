// Puts the page together: the feed comes in here and goes to the panels.

import { cameras } from "./cameras.js";
import { commands } from "./commands.js";
import { openFeed } from "./feed.js";
import { figures } from "./figures.js";
import { joints } from "./joints.js";
import { plot } from "./plot.js";
import { Points } from "./points.js";

const PHASES = {
    reset: ["starting", "good"],
    step: ["running", "good"],
    stopped: ["stopped by operator", "warn"],
    waiting_reset: ["between episodes", "idle"],
};
const POLICY = {
    connected: ["policy connected", "good"],
    reconnecting: ["policy reconnecting", "warn"],
    failed: ["policy failed", "bad"],
};
const ENDINGS = { completed: "episode completed", stopped: "stopped by operator", interrupted: "interrupted" };
// Curves change ten times a second: more is hard to see and costs a phone its battery.
const PLOT_MS = 100;

const points = new Points();
const pictures = cameras(document.getElementById("cameras"));
const showFigures = figures();
const showJoints = joints(document.getElementById("joint-plots"), points);
const drawLatency = plot(
    document.getElementById("latency-plot"),
    points,
    [
        { label: "round trip", colour: "--state" },
        { label: "inference", colour: "--action" },
        { label: "server, previous", colour: "--truth" },
    ],
    (point) => [point.round_trip_ms, point.infer_ms, point.prev_total_ms],
    { fromZero: true },
);

let linked = false;
let latest = null;
let complaint = "";
let drawnAt = 0;
let drawing = false;

const showCommands = commands((text) => {
    complaint = text;
    showState();
});

openFeed({
    link(state) {
        linked = state === "connected";
        badge("link", state, linked ? "good" : "bad");
        pictures.stale(!linked);
        showState();
    },
    frame: pictures.add,
    telemetry(message) {
        latest = message;
        points.add(message.points);
        if (message.now) {
            pictures.keep(message.now.cameras);
        }
        showState();
        if (message.now && !drawing) {
            drawing = true;
            setTimeout(() => requestAnimationFrame(draw), Math.max(0, PLOT_MS - (performance.now() - drawnAt)));
        }
    },
});

function draw() {
    drawing = false;
    drawnAt = performance.now();
    showFigures(latest.now);
    showJoints(latest.now);
    drawLatency();
}

function showState() {
    showCommands(linked, latest);
    const now = latest?.now;
    if (latest && !now) {
        badge("phase", "before the first episode", "idle");
    } else if (latest?.status.waiting_reset) {
        badge("phase", "waiting for Reset", "warn");
    } else if (now) {
        const [word, tone] = PHASES[now.phase];
        badge("phase", now.ending ? ENDINGS[now.ending] : word, now.ending === "interrupted" ? "bad" : tone);
    }
    if (now) {
        badge("policy", ...POLICY[now.connection]);
        document.getElementById("task").textContent = now.task ?? "";
    }
    if (!linked) {
        // What was true when the connection broke may not be true now.
        document.getElementById("phase").dataset.tone = "idle";
        document.getElementById("policy").dataset.tone = "idle";
    }
    const notice = document.getElementById("notice");
    const text = complaint || now?.error || "";
    notice.hidden = text === "";
    if (notice.textContent !== text) {
        notice.textContent = text;
    }
}

function badge(id, text, tone) {
    const element = document.getElementById(id);
    if (element.textContent !== text) {
        element.textContent = text;
    }
    element.dataset.tone = tone;
}
