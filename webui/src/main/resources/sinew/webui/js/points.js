// The last points of every plot, column by column as uPlot wants them.

/** As many as the server keeps for a page that joins late. */
const CAPACITY = 300;

/** Points in the order of the run; between two episodes the curves are interrupted. */
export class Points {
    constructor() {
        this.list = [];
    }

    /** Appends points of the feed; a step number that goes back means another run. */
    add(points) {
        if (points.length > 0 && this.list.length > 0 && points[0].seq <= this.list.at(-1).seq) {
            this.list = [];
        }
        this.list.push(...points);
        this.list.splice(0, this.list.length - CAPACITY);
    }

    get latest() {
        return this.list.at(-1);
    }

    /** Columns [x, ...ys]; `pick` gives the y values of a point, null for a gap. */
    columns(count, pick) {
        const columns = Array.from({ length: count + 1 }, () => []);
        let before = null;
        for (const point of this.list) {
            if (before && before.episode !== point.episode) {
                columns[0].push(point.seq - 0.5);
                for (let i = 1; i <= count; i++) {
                    columns[i].push(null);
                }
            }
            columns[0].push(point.seq);
            const values = pick(point);
            for (let i = 0; i < count; i++) {
                columns[i + 1].push(values[i] ?? null);
            }
            before = point;
        }
        return columns;
    }

    /** The part of the run that the plots show: always the same width, so that curves do not stretch. */
    range() {
        const end = Math.max(this.latest?.seq ?? 0, CAPACITY);
        return [end - CAPACITY, end];
    }

    /** Where episodes begin. */
    starts() {
        return this.list.filter((point, i) => i > 0 && this.list[i - 1].episode !== point.episode);
    }
}
