// One uPlot in the page's colours, as large as the page makes its frame.

import uPlot from "/static/lib/uplot/uPlot.esm.js";

const page = getComputedStyle(document.documentElement);
const colour = (name) => () => page.getPropertyValue(name).trim();

/** A thin line where an episode begins. */
function episodeMarks(points) {
    return (plot) => {
        const pen = plot.ctx;
        pen.save();
        pen.strokeStyle = page.getPropertyValue("--muted");
        pen.setLineDash([4, 4]);
        for (const start of points.starts()) {
            const x = Math.round(plot.valToPos(start.seq - 0.5, "x", true));
            pen.beginPath();
            pen.moveTo(x, plot.bbox.top);
            pen.lineTo(x, plot.bbox.top + plot.bbox.height);
            pen.stroke();
        }
        pen.restore();
    };
}

/**
 * A plot of curves over the last steps.
 *
 * @param {HTMLElement} parent where it goes
 * @param {Points} points what it shows
 * @param {{label: string, colour: string, dash?: number[]}[]} lines the curves
 * @param {(point: object) => (number|null)[]} pick the curves' values at a point
 * @param {{fromZero?: boolean}} look
 * @returns {() => void} draws what is new
 */
export function plot(parent, points, lines, pick, look = {}) {
    const grid = { stroke: colour("--grid"), width: 1 };
    const chart = new uPlot(
        {
            width: Math.max(parent.clientWidth, 100),
            height: Math.max(parent.clientHeight, 60),
            padding: [6, 4, 4, 0],
            legend: { show: false },
            cursor: { drag: { x: false, y: false } },
            scales: {
                x: { time: false, range: () => points.range() },
                y: { range: (_, low, high) => span(low, high, look.fromZero) },
            },
            axes: [
                { show: false },
                { size: 44, gap: 4, stroke: colour("--muted"), font: "11px system-ui, sans-serif", grid,
                    ticks: { show: false }, space: 34 },
            ],
            series: [
                {},
                ...lines.map((line) => ({
                    label: line.label,
                    stroke: colour(line.colour),
                    width: 1.5,
                    dash: line.dash,
                    points: { show: false },
                })),
            ],
            hooks: { draw: [episodeMarks(points)] },
        },
        points.columns(lines.length, pick),
        parent,
    );
    new ResizeObserver(() => {
        const width = Math.max(parent.clientWidth, 100);
        const height = Math.max(parent.clientHeight, 60);
        if (width !== chart.width || height !== chart.height) {
            chart.setSize({ width, height });
        }
    }).observe(parent);
    return () => chart.setData(points.columns(lines.length, pick));
}

/** The y range: some air above and below, and never so narrow that noise fills the picture. */
function span(low, high, fromZero) {
    if (low === null || high === null) {
        return fromZero ? [0, 10] : [-1, 1];
    }
    if (fromZero) {
        return [0, Math.max(high * 1.15, 1)];
    }
    const air = Math.max((high - low) * 0.1, 0.5);
    return [low - air, high + air];
}
