package sinew.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.runtime.arm.RobotException;
import sinew.runtime.serve.PolicyClientException;

@Timeout(30)
final class ControlLoopTest {
    private final OperatorPanel panel = new OperatorPanel();
    private final List<StepRecord> records = Collections.synchronizedList(new ArrayList<>());
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final ScriptedClient client = new ScriptedClient();

    @Test
    void plays_every_row_of_a_chunk_and_asks_again_when_none_is_left() {
        ScriptedEnv env = new ScriptedEnv(10);
        try (ControlLoop loop = loop(env, () -> client, options(1))) {
            assertTrue(loop.connect());
            assertEquals(ControlLoop.Outcome.COMPLETED, loop.run());
        }
        assertEquals(3, client.inferences);
        assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f), env.actions);
        StepRecord sixth = records.get(6);
        assertEquals(new StepRecord.Chunk(1, 4, 2), sixth.chunk());
        assertEquals(1, sixth.timing().inferMs());
        assertEquals(2, sixth.timing().prevTotalMs());
        assertEquals(3, sixth.timing().roundTripMs());
    }

    @Test
    void each_episode_resets_the_policy_and_starts_with_a_fresh_chunk() {
        ScriptedEnv env = new ScriptedEnv(6);
        try (ControlLoop loop = loop(env, () -> client, options(2))) {
            loop.connect();
            loop.run();
            assertEquals(new Tally(2, 2, 2), loop.tally());
        }
        assertEquals(2, client.resets);
        assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f, 8f, 9f, 10f, 11f, 12f, 13f), env.actions);
        assertEquals(14, records.size(), "a reset and six steps each");
        StepRecord second = records.get(7);
        assertEquals(Phase.RESET, second.phase());
        assertEquals(2, second.episode());
        assertEquals(0, second.step());
        assertEquals(new Tally(1, 1, 1), second.tally());
        StepRecord end = records.get(13);
        assertEquals(Ending.COMPLETED, end.ending());
        assertEquals(true, end.success());
    }

    @Test
    void plays_only_the_first_rows_when_told_so() {
        ScriptedEnv env = new ScriptedEnv(4);
        try (ControlLoop loop = loop(env, () -> client, new ControlLoop.Options(1, false, 2, 2, Duration.ZERO))) {
            loop.connect();
            loop.run();
        }
        assertEquals(List.of(0f, 1f, 4f, 5f), env.actions);
    }

    @Test
    void stop_ends_the_episode_at_once_while_a_prediction_is_under_way() throws Exception {
        client.blockAt = 2;
        ScriptedEnv env = new ScriptedEnv(10);
        try (ControlLoop loop = loop(env, () -> client, options(1))) {
            loop.connect();
            CompletableFuture<ControlLoop.Outcome> run = CompletableFuture.supplyAsync(loop::run);
            client.blocked.await();
            long pressed = System.nanoTime();
            panel.stop(true);
            assertEquals(ControlLoop.Outcome.COMPLETED, run.get(10, TimeUnit.SECONDS));
            long ms = (System.nanoTime() - pressed) / 1_000_000;
            assertTrue(ms < 1500, "Stop took " + ms + " ms: it waited for something");
        }
        assertEquals(4, env.actions.size(), "nothing is sent after Stop");
        StepRecord end = records.getLast();
        assertEquals(Phase.STOPPED, end.phase());
        assertEquals(Ending.STOPPED, end.ending());
        assertEquals(true, end.success());
        assertEquals(4, end.step());
        assertNull(end.applied());
    }

    @Test
    void the_environment_hears_that_the_policy_thinks_and_may_lose_patience() {
        client.blockAt = 2;
        ScriptedEnv env = new ScriptedEnv(10);
        int[] heard = new int[1];
        env.onIdle = () -> {
            if (client.inferences == 2 && ++heard[0] == 4) {
                throw new RobotException(RobotException.Kind.WATCHDOG, "no answer");
            }
        };
        try (ControlLoop loop = loop(env, () -> client, options(1))) {
            loop.connect();
            long start = System.nanoTime();
            assertEquals("no answer", assertThrows(RobotException.class, loop::run).getMessage());
            long ms = (System.nanoTime() - start) / 1_000_000;
            assertTrue(ms < 5000, "four times in " + ms + " ms are too few for a watchdog of a second");
        }
        assertEquals(Ending.INTERRUPTED, records.getLast().ending());
        assertEquals("no answer", records.getLast().error());
    }

    @Test
    void motion_is_paused_before_an_end_is_told_whichever_it_is() {
        List<Integer> pausesAtEnd = new ArrayList<>();
        ScriptedEnv env = new ScriptedEnv(6);
        client.failAt = 4; // in the second episode
        client.failureIsLoss = true;
        try (ControlLoop loop = loop(env, () -> client, options(3))) {
            env.onStep = () -> {
                if (env.actions.size() == 12) {
                    panel.stop(true);
                }
            };
            loop.addListener(r -> {
                if (r.ending() != null) {
                    pausesAtEnd.add(env.pauses);
                }
            });
            loop.connect();
            loop.run();
        }
        assertEquals(List.of(1, 2, 3), pausesAtEnd, "done, lost, stopped");
        assertEquals(List.of(Ending.COMPLETED, Ending.INTERRUPTED, Ending.STOPPED),
                records.stream().map(StepRecord::ending).filter(e -> e != null).toList());
    }

    @Test
    void a_stop_during_a_step_ends_the_episode_before_the_next() {
        ScriptedEnv env = new ScriptedEnv(10);
        env.onStep = () -> {
            if (env.actions.size() == 3) {
                panel.stop(false);
            }
        };
        try (ControlLoop loop = loop(env, () -> client, options(2))) {
            loop.connect();
            loop.run();
            assertEquals(new Tally(2, 2, 1), loop.tally());
        }
        assertEquals(3 + 10, env.actions.size());
    }

    @Test
    void waits_for_the_operator_before_every_episode() throws Exception {
        ScriptedEnv env = new ScriptedEnv(3);
        try (ControlLoop loop = loop(env, () -> client, new ControlLoop.Options(2, true, 0, 2, Duration.ZERO))) {
            loop.connect();
            CompletableFuture<ControlLoop.Outcome> run = CompletableFuture.supplyAsync(loop::run);
            Thread.sleep(50);
            assertTrue(panel.status().waitingReset());
            assertEquals(0, env.actions.size());
            panel.reset();
            while (loop.tally().episodes() < 1 || !panel.status().waitingReset()) {
                Thread.sleep(5);
            }
            assertFalse(run.isDone());
            assertEquals(3, env.actions.size());
            panel.reset();
            assertEquals(ControlLoop.Outcome.COMPLETED, run.get(10, TimeUnit.SECONDS));
        }
        assertEquals(6, env.actions.size());
        assertTrue(records.stream().anyMatch(r -> r.phase() == Phase.WAITING_RESET), "previews are shown");
    }

    @Test
    void a_lost_connection_interrupts_the_episode_and_the_next_one_runs_after_reconnecting() {
        client.failAt = 2;
        client.failureIsLoss = true;
        ScriptedClient second = new ScriptedClient();
        int[] attempts = {0};
        PolicyConnector connector = () -> switch (attempts[0]++) {
            case 0 -> client;
            case 1 -> throw new PolicyClientException("Connection refused", true, null);
            default -> second;
        };
        ScriptedEnv env = new ScriptedEnv(6);
        try (ControlLoop loop = loop(env, connector, options(2))) {
            loop.connect();
            assertEquals(ControlLoop.Outcome.COMPLETED, loop.run());
            assertEquals(new Tally(2, 1, 1), loop.tally());
        }
        StepRecord interrupted = records.stream().filter(r -> r.ending() == Ending.INTERRUPTED).findFirst().orElseThrow();
        assertEquals(1, interrupted.episode());
        assertEquals(4, interrupted.step());
        assertNull(interrupted.success());
        assertEquals("the line is dead", interrupted.error());
        assertTrue(records.stream().anyMatch(r -> r.connection() == Connection.RECONNECTING));
        assertEquals(Connection.CONNECTED, records.getLast().connection());
        assertEquals(
                List.of(
                        "Connection lost, reconnecting in 0.5 seconds...",
                        "Connection refused, retrying in 1 second...",
                        "Connected again."),
                log);
        assertEquals(1, second.resets);
    }

    @Test
    void a_refusal_by_the_server_ends_the_run_after_finalising_the_episode() {
        client.failAt = 2;
        try (ControlLoop loop = loop(new ScriptedEnv(6), () -> client, options(2))) {
            loop.connect();
            PolicyClientException e = assertThrows(PolicyClientException.class, loop::run);
            assertEquals("camera 'top' is missing", e.getMessage());
            assertEquals(new Tally(1, 0, 0), loop.tally());
        }
        assertTrue(records.stream().anyMatch(r -> r.ending() == Ending.INTERRUPTED));
        assertEquals(Connection.FAILED, records.getLast().connection());
    }

    @Test
    void refuses_chunks_that_no_robot_should_get() {
        float[][][] bad = {{}, {{1, 2, 3}}, {{1, 2}, {Float.NaN, 0}}, {{Float.POSITIVE_INFINITY, 0}}};
        for (float[][] chunk : bad) {
            client.answer = chunk;
            ScriptedEnv env = new ScriptedEnv(6);
            try (ControlLoop loop = loop(env, () -> client, options(1))) {
                loop.connect();
                assertThrows(PolicyClientException.class, loop::run);
            }
            assertEquals(List.of(), env.actions);
        }
    }

    @Test
    void cancel_finalises_the_episode_also_while_a_prediction_is_under_way() throws Exception {
        client.blockAt = 2;
        try (ControlLoop loop = loop(new ScriptedEnv(10), () -> client, options(3))) {
            loop.connect();
            CompletableFuture<ControlLoop.Outcome> run = CompletableFuture.supplyAsync(loop::run);
            client.blocked.await();
            loop.cancel();
            assertEquals(ControlLoop.Outcome.CANCELLED, run.get(10, TimeUnit.SECONDS));
        }
        assertEquals(Ending.INTERRUPTED, records.getLast().ending());
    }

    @Test
    void cancel_ends_the_wait_for_a_server_that_is_not_there() throws Exception {
        PolicyConnector nobody = () -> {
            throw new PolicyClientException("Connection refused", true, null);
        };
        try (ControlLoop loop = loop(new ScriptedEnv(10), nobody, options(1))) {
            CompletableFuture<Boolean> connected = CompletableFuture.supplyAsync(loop::connect);
            while (log.isEmpty()) {
                Thread.sleep(5);
            }
            assertEquals("Connection refused, retrying in 5 seconds...", log.getFirst());
            loop.cancel();
            assertFalse(connected.get(3, TimeUnit.SECONDS));
        }
    }

    @Test
    void gives_up_on_a_server_when_told_how_long_to_wait() {
        PolicyConnector nobody = () -> {
            throw new PolicyClientException("Connection refused", true, null);
        };
        ControlLoop.Options options = new ControlLoop.Options(1, false, 0, 2, Duration.ofSeconds(1));
        try (ControlLoop loop = loop(new ScriptedEnv(10), nobody, options)) {
            PolicyClientException e = assertThrows(PolicyClientException.class, loop::connect);
            assertTrue(e.getMessage().contains("No policy server after 1 second (Connection refused)"), e.getMessage());
        }
    }

    @Test
    void does_not_try_again_when_that_is_pointless() {
        PolicyConnector refusing = () -> {
            throw new PolicyClientException("401: wrong key", false, null);
        };
        try (ControlLoop loop = loop(new ScriptedEnv(10), refusing, options(1))) {
            assertThrows(PolicyClientException.class, loop::connect);
        }
        assertEquals(List.of(), log);
    }

    private static ControlLoop.Options options(int episodes) {
        return new ControlLoop.Options(episodes, false, 0, 2, Duration.ZERO);
    }

    private ControlLoop loop(ScriptedEnv env, PolicyConnector connector, ControlLoop.Options options) {
        ControlLoop loop = new ControlLoop(env, connector, panel, options, log::add);
        loop.addListener(records::add);
        return loop;
    }
}
