// Stop, with the operator's verdict, and Reset.

const VERDICTS = { success: true, failure: false, none: null };
const KEYS = { s: "success", f: "failure", n: "none" };

/**
 * Wires the two buttons and the dialog.
 *
 * @param {(text: string) => void} complain shows what went wrong
 * @returns {(linked: boolean, message: object|null) => void} to be called when the loop's state changes
 */
export function commands(complain) {
    const stop = document.getElementById("stop");
    const reset = document.getElementById("reset");
    const dialog = document.getElementById("verdict");

    stop.addEventListener("click", () => {
        dialog.returnValue = "cancel";
        dialog.showModal();
    });
    reset.addEventListener("click", () => post({ cmd: "reset" }, complain));
    dialog.addEventListener("keydown", (event) => {
        const verdict = KEYS[event.key.toLowerCase()];
        if (verdict && !event.ctrlKey && !event.altKey && !event.metaKey) {
            dialog.close(verdict);
        }
    });
    dialog.addEventListener("cancel", () => {
        dialog.returnValue = "cancel";
    });
    dialog.addEventListener("close", () => {
        if (dialog.returnValue in VERDICTS) {
            post({ cmd: "stop", success: VERDICTS[dialog.returnValue] }, complain);
        }
    });

    return (linked, message) => {
        const status = message?.status;
        const phase = message?.now?.phase;
        const running = linked && (phase === "reset" || phase === "step") && !message.now.ending;
        stop.disabled = !running || status.stop_requested || status.stopped || status.waiting_reset;
        stop.textContent = linked && status?.stop_requested && running ? "Stopping…" : "Stop";
        reset.disabled = !linked || !status || !(status.waiting_reset || status.stopped);
        if (dialog.open && stop.disabled) {
            dialog.close("cancel");
        }
    };
}

async function post(command, complain) {
    try {
        const answer = await fetch("/api/command", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(command),
        });
        complain(answer.ok ? "" : `The robot did not take ${command.cmd}: the monitor answered ${answer.status}.`);
    } catch {
        complain(`${command.cmd} did not reach the robot: no connection to the monitor.`);
    }
}
