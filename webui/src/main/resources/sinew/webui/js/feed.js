// The live feed: a WebSocket that comes back by itself.

import { readFrame } from "./frame.js";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;
// The server says something at least once a second.
const SILENCE_MS = 4000;

/**
 * Opens the feed and keeps it open.
 *
 * @param {object} on `telemetry(message)`, `frame(frame)`, `link(state)` with state `connected` or `disconnected`
 */
export function openFeed(on) {
    let retryMs = FIRST_RETRY_MS;

    function connect() {
        const address = new URL("/ws", location.href);
        address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
        const socket = new WebSocket(address);
        socket.binaryType = "arraybuffer";
        let ended = false;
        let watchdog = setTimeout(end, SILENCE_MS);

        function end() {
            if (ended) {
                return;
            }
            ended = true;
            clearTimeout(watchdog);
            socket.close();
            on.link("disconnected");
            setTimeout(connect, retryMs);
            retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
        }

        socket.onmessage = (event) => {
            if (ended) {
                return;
            }
            clearTimeout(watchdog);
            watchdog = setTimeout(end, SILENCE_MS);
            if (typeof event.data !== "string") {
                const frame = readFrame(event.data);
                if (frame) {
                    on.frame(frame);
                }
                return;
            }
            const message = JSON.parse(event.data);
            retryMs = FIRST_RETRY_MS;
            on.link("connected");
            on.telemetry(message);
            // Without this the server sends no more: it never gets ahead of what this page has taken.
            socket.send(String(message.update));
        };
        socket.onclose = end;
        socket.onerror = end;
    }

    connect();
}
