package sinew.bench;

import java.util.List;
import java.util.stream.IntStream;

/// Times contenders in turn: A B C A B C ..., so that a machine that slows down in between slows all of them.
final class Race {
    /// Between two contenders, so that the threads of the one have gone to sleep before the other's begin.
    private static final long PAUSE_MS = 10;

    /// Fewer may all be as slow as each other: code that the compiler has not come to yet is slow in a steady way.
    private static final int LEAST_WARM_UP_RUNS = 10;
    private static final int SETTLED_RUNS = 3;
    private static final double SETTLED = 1.3;
    private static final long LEAST_WARM_UP_NANOS = 600_000_000L;
    private static final long MOST_WARM_UP_NANOS = 8_000_000_000L;

    private Race() {}

    /// @return in the order of the contenders
    static List<Times> run(List<? extends Contender> contenders, int runs) {
        contenders.forEach(Race::warmUp);
        long[][] nanos = new long[contenders.size()][runs];
        for (int run = 0; run < runs; run++) {
            for (int i = 0; i < nanos.length; i++) {
                if (nanos.length > 1) {
                    pause();
                }
                nanos[i][run] = time(contenders.get(i));
            }
        }
        return IntStream.range(0, nanos.length).mapToObj(i -> Times.of(nanos[i])).toList();
    }

    /// Until some runs in a row were about as fast as the fastest and the compiler had some time, or for long enough.
    private static void warmUp(Contender contender) {
        long start = System.nanoTime();
        long fastest = Long.MAX_VALUE;
        int settled = 0;
        long spent = 0;
        for (int run = 0; spent < MOST_WARM_UP_NANOS; run++) {
            if (run >= LEAST_WARM_UP_RUNS && settled >= SETTLED_RUNS && spent > LEAST_WARM_UP_NANOS) {
                break;
            }
            long took = time(contender);
            settled = took < fastest * SETTLED && took * SETTLED > fastest ? settled + 1 : 0;
            fastest = Math.min(fastest, took);
            spent = System.nanoTime() - start;
        }
    }

    private static long time(Contender contender) {
        contender.prepare();
        long start = System.nanoTime();
        contender.run();
        return System.nanoTime() - start;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
