// A picture per camera, drawn as it comes in.

const RATE_WINDOW_MS = 2000;

/** Shows frames in `parent`; `add(frame)` for each frame, `keep(names)` drops other cameras, `stale(yes)`. */
export function cameras(parent) {
    const tiles = new Map();
    const empty = parent.querySelector(".empty");

    function tile(name) {
        let found = tiles.get(name);
        if (!found) {
            empty.hidden = true;
            found = new Tile(name);
            tiles.set(name, found);
            parent.append(found.element);
            parent.dataset.count = tiles.size;
        }
        return found;
    }

    document.addEventListener("visibilitychange", () => tiles.forEach((each) => each.wake()));
    setInterval(() => tiles.forEach((each) => each.showRate()), 500);
    return {
        add: (frame) => tile(frame.camera).add(frame),
        keep: (names) => {
            for (const [name, each] of tiles) {
                if (!names.includes(name)) {
                    each.element.remove();
                    tiles.delete(name);
                    parent.dataset.count = tiles.size;
                }
            }
        },
        stale: (yes) => tiles.forEach((each) => each.element.classList.toggle("stale", yes)),
    };
}

class Tile {
    constructor(name) {
        this.element = document.createElement("figure");
        this.element.className = "camera";
        this.element.dataset.camera = name;
        this.canvas = document.createElement("canvas");
        this.canvas.setAttribute("role", "img");
        this.canvas.setAttribute("aria-label", `Live picture of camera ${name}`);
        const caption = document.createElement("figcaption");
        const label = document.createElement("span");
        label.textContent = name.replaceAll("_", " ");
        this.rate = document.createElement("span");
        caption.append(label, this.rate);
        this.element.append(this.canvas, caption);
        this.pen = this.canvas.getContext("2d", { alpha: false });
        this.arrivals = [];
        this.waiting = null;
        this.decoding = false;
    }

    add(frame) {
        this.arrivals.push(performance.now());
        // Only the newest frame waits while another is being decoded.
        this.waiting = frame;
        this.wake();
    }

    /** Draws what waits; a page that nobody sees decodes nothing. */
    wake() {
        if (this.waiting && !this.decoding && !document.hidden) {
            this.draw();
        }
    }

    async draw() {
        this.decoding = true;
        while (this.waiting) {
            const frame = this.waiting;
            this.waiting = null;
            try {
                const picture = await createImageBitmap(frame.jpeg);
                if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
                    this.canvas.width = picture.width;
                    this.canvas.height = picture.height;
                    this.canvas.style.aspectRatio = `${picture.width} / ${picture.height}`;
                }
                this.pen.drawImage(picture, 0, 0);
                picture.close();
                this.canvas.dataset.seq = frame.seq;
            } catch (error) {
                console.warn(`a frame of ${frame.camera} could not be decoded`, error);
            }
        }
        this.decoding = false;
    }

    showRate() {
        const since = performance.now() - RATE_WINDOW_MS;
        this.arrivals = this.arrivals.filter((time) => time > since);
        this.rate.textContent = `${Math.round((this.arrivals.length * 1000) / RATE_WINDOW_MS)} fps`;
    }
}
