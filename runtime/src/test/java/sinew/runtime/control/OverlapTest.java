package sinew.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import sinew.runtime.serve.PolicyClientException;

/// Chunks that are asked for while others are being played. The overlap is fixed, so that every run is the same.
@Timeout(30)
final class OverlapTest {
    private final OperatorPanel panel = new OperatorPanel();
    private final List<StepRecord> records = Collections.synchronizedList(new ArrayList<>());
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final ContinuingClient client = new ContinuingClient();
    private ScriptedEnv env = new ScriptedEnv(12);

    @Test
    void cut_skips_the_actions_whose_time_has_passed() {
        run(fixed(2, SeamRule.CUT));
        // asked for with three left, used two steps later: two of six rows are about the past
        assertEquals(List.of(100f, 101f, 102f, 103f, 104f, 202f, 203f, 204f, 302f, 303f, 304f, 402f), env.actions);
        assertEquals(List.of("reset", "infer 0", "infer 3", "infer 6", "infer 9"), client.heard);
        assertEquals(new StepRecord.Chunk(1, 6, 3), records.get(6).chunk());
    }

    @Test
    void the_same_run_again_is_the_same_also_when_the_policy_is_slow() {
        run(fixed(2, SeamRule.CUT));
        List<Float> quick = List.copyOf(env.actions);
        env = new ScriptedEnv(12);
        ContinuingClient slow = new ContinuingClient();
        slow.thinkMs = 30;
        run(slow, fixed(2, SeamRule.CUT), 1);
        assertEquals(quick, env.actions);
    }

    @Test
    void blend_fades_from_the_old_chunk_into_the_new_one() {
        run(fixed(1, SeamRule.BLEND));
        // asked for with three left, used with two left: thirds of the way from 104 and 105 to 201 and 202
        assertEquals(List.of(100f, 101f, 102f, 103f), env.actions.subList(0, 4));
        assertEquals(104 + (201 - 104) / 3f, env.actions.get(4), 1e-3);
        assertEquals(105 + (202 - 105) * 2 / 3f, env.actions.get(5), 1e-3);
        assertEquals(203f, env.actions.get(6));
        assertEquals(204 + (301 - 204) / 3f, env.actions.get(7), 1e-3, "and so on");
    }

    @Test
    void ensemble_averages_what_all_chunks_say_and_trusts_the_oldest_most() {
        run(fixed(1, SeamRule.ENSEMBLE));
        double young = Math.exp(-0.01);
        assertEquals((104 + young * 201) / (1 + young), env.actions.get(4), 1e-3);
        assertEquals((105 + young * 202) / (1 + young), env.actions.get(5), 1e-3);
        assertTrue(env.actions.get(4) < (104 + 201) / 2.0);
    }

    @Test
    void inpaint_tells_what_is_decided_and_plays_it() {
        run(fixed(2, SeamRule.INPAINT));
        assertEquals(List.of("reset", "infer 0 [] []", "infer 3 [] [103, 104, 105]", "infer 6 [] [203, 204, 205]",
                "infer 9 [] [303, 304, 305]").toString().replace(" [] []", ""), client.heard.toString());
        assertEquals(List.of(103f, 104f, 105f, 203f, 204f, 205f, 303f), env.actions.subList(3, 10));
    }

    @Test
    void the_frames_before_a_prediction_are_shown_and_so_is_the_action_of_the_step_before() {
        client.canObserve = true;
        run(fixed(2, SeamRule.INPAINT));
        assertEquals(List.of("reset", "infer 0", "observe 2", "infer 3 [102] [103, 104, 105]", "observe 5",
                "infer 6 [105] [203, 204, 205]"), client.heard.subList(0, 6));
    }

    @Test
    void a_refused_frame_ends_the_run_with_the_servers_words() {
        client.canObserve = true;
        client.refuseFrameAt = 2;
        PolicyClientException e = assertThrows(PolicyClientException.class, () -> run(fixed(2, SeamRule.CUT)));
        assertEquals("the picture is too small", e.getMessage());
        assertEquals(Ending.INTERRUPTED,
                records.stream().map(StepRecord::ending).filter(end -> end != null).findFirst().orElseThrow());
    }

    @Test
    void a_server_that_cannot_is_refused_or_another_rule_is_used_and_told() {
        client.prefixRows = 0;
        PolicyClientException e = assertThrows(PolicyClientException.class, () -> run(fixed(2, SeamRule.INPAINT)));
        assertTrue(e.getMessage().contains("--seam inpaint,blend"), e.getMessage());
        assertEquals(0, env.actions.size());
        run(client, new Overlap(Overlap.Mode.FIXED, 2, List.of(SeamRule.INPAINT, SeamRule.CUT)), 2);
        assertEquals(1, log.size(), "told once, not every episode");
        assertTrue(log.getFirst().contains("seams are handled by 'cut'"), log.getFirst());
        assertEquals(SeamRule.CUT, records.getLast().pace().seams().rule());
    }

    @Test
    void where_time_waits_auto_is_one_chunk_after_the_other() {
        run(new Overlap(Overlap.Mode.AUTO, 0, List.of(SeamRule.INPAINT)));
        assertEquals(List.of(100f, 101f, 102f, 103f, 104f, 105f, 200f, 201f), env.actions.subList(0, 8));
    }

    @Test
    void an_answer_to_the_last_episode_is_nobodys() {
        env = new ScriptedEnv(4); // over before the second chunk is used
        run(client, fixed(2, SeamRule.CUT), 2);
        assertEquals(List.of(100f, 101f, 102f, 103f, 300f, 301f, 302f, 303f), env.actions);
    }

    @Test
    void a_lost_connection_under_way_interrupts_the_episode() {
        client.failAt = 2;
        ContinuingClient second = new ContinuingClient();
        int[] attempts = new int[1];
        try (ControlLoop loop = new ControlLoop(env, () -> attempts[0]++ == 0 ? client : second, panel,
                new ControlLoop.Options(2, false, 0, 2, Duration.ZERO, fixed(2, SeamRule.CUT)), log::add)) {
            loop.addListener(records::add);
            loop.connect();
            loop.run();
            assertEquals(new Tally(2, 1, 1), loop.tally());
        }
        assertEquals(5, records.stream().filter(r -> r.ending() == Ending.INTERRUPTED).findFirst().orElseThrow().step());
        assertEquals(List.of(100f, 101f, 102f, 103f, 104f, 202f), env.actions.subList(5, 11), "the new server's chunks");
    }

    @Test
    void stop_ends_the_wait_for_a_fixed_answer_at_once() throws Exception {
        ContinuingClient slow = new ContinuingClient();
        try (ControlLoop loop = new ControlLoop(env, () -> slow, panel,
                new ControlLoop.Options(1, false, 0, 2, Duration.ZERO, fixed(2, SeamRule.CUT)), log::add)) {
            env.onStep = () -> slow.thinkMs = 10_000;
            loop.connect();
            CompletableFuture<ControlLoop.Outcome> run = CompletableFuture.supplyAsync(loop::run);
            while (env.actions.size() < 5) {
                Thread.sleep(2);
            }
            Thread.sleep(50);
            panel.stop(null);
            assertEquals(ControlLoop.Outcome.COMPLETED, run.get(5, TimeUnit.SECONDS));
            assertEquals(5, env.actions.size(), "nothing is sent after Stop");
        }
    }

    @Test
    void seams_are_counted_and_measured() {
        run(fixed(2, SeamRule.CUT));
        SeamSummary seams = records.getLast().pace().seams();
        assertEquals(3, seams.count());
        assertEquals(List.of(new Seam(6, 98, 97), new Seam(9, 98, 97), new Seam(12, 98, 97)), seams.each());
        assertEquals(98, seams.worstPosition());
        assertEquals(1, seams.elsewherePosition());
        assertEquals(List.of(), records.get(8).pace().seams().each(), "the list comes with the end");
    }

    private static Overlap fixed(int ticks, SeamRule rule) {
        return new Overlap(Overlap.Mode.FIXED, ticks, List.of(rule));
    }

    private void run(Overlap overlap) {
        run(client, overlap, 1);
    }

    private void run(ContinuingClient with, Overlap overlap, int episodes) {
        try (ControlLoop loop = new ControlLoop(env, () -> with, panel,
                new ControlLoop.Options(episodes, false, 0, 2, Duration.ZERO, overlap), log::add)) {
            loop.addListener(records::add);
            loop.connect();
            loop.run();
        }
    }
}
