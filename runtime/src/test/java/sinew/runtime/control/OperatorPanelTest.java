package sinew.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.runtime.control.OperatorPanel.Status;
import sinew.runtime.control.OperatorPanel.Stop;

@Timeout(20)
final class OperatorPanelTest {
    private final OperatorPanel panel = new OperatorPanel();

    @Test
    void waits_for_reset_from_the_start() {
        assertEquals(new Status(true, false, false), panel.status());
    }

    @Test
    void stop_is_requested_then_taken_once_and_the_episode_stays_stopped() {
        panel.beginEpisode();
        panel.stop(true);
        assertEquals(new Status(false, true, false), panel.status());
        assertEquals(new Stop(true), panel.takeStop());
        assertEquals(new Status(false, false, true), panel.status());
        assertNull(panel.takeStop());
    }

    @Test
    void the_first_of_two_verdicts_stands() {
        panel.beginEpisode();
        panel.stop(false);
        panel.stop(true);
        assertEquals(new Stop(false), panel.takeStop());
    }

    @Test
    void a_stop_without_verdict_is_a_stop() {
        panel.beginEpisode();
        panel.stop(null);
        assertTrue(panel.stopRequested());
        assertEquals(new Stop(null), panel.takeStop());
    }

    @Test
    void stop_wakes_the_loop() {
        AtomicInteger woken = new AtomicInteger();
        panel.onStop(woken::incrementAndGet);
        panel.stop(null);
        assertEquals(1, woken.get());
    }

    @Test
    void a_stop_pressed_while_waiting_is_forgotten_by_the_reset() {
        panel.requireReset();
        panel.stop(true);
        panel.reset();
        panel.beginEpisode();
        assertNull(panel.takeStop());
        assertEquals(new Status(false, false, false), panel.status());
    }

    @Test
    void a_reset_pressed_during_an_episode_lets_the_next_wait_pass_at_once() {
        panel.beginEpisode();
        panel.reset();
        panel.requireReset();
        assertFalse(panel.status().waitingReset());
        assertTrue(panel.awaitReset(0));
        panel.beginEpisode();
        panel.requireReset();
        assertFalse(panel.awaitReset(0), "a reset counts once");
        assertTrue(panel.status().waitingReset());
    }

    @Test
    void reset_ends_a_wait() throws InterruptedException {
        panel.requireReset();
        Thread operator = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                return;
            }
            panel.reset();
        });
        assertTrue(panel.awaitReset(15_000));
        assertFalse(panel.status().waitingReset());
        operator.join();
    }

    @Test
    void the_stopped_flag_lasts_until_the_next_episode() {
        panel.beginEpisode();
        panel.stop(true);
        panel.takeStop();
        panel.requireReset();
        assertEquals(new Status(true, false, true), panel.status());
        panel.reset();
        panel.beginEpisode();
        assertEquals(new Status(false, false, false), panel.status());
    }
}
