package sinew.bench;

import java.util.ArrayDeque;
import java.util.Deque;

/// Closes whatever was added, last first, also when something in between failed to open.
final class Closers implements AutoCloseable {
    private final Deque<Contender> opened = new ArrayDeque<>();

    <T extends Contender> T add(T contender) {
        opened.push(contender);
        return contender;
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }
}
