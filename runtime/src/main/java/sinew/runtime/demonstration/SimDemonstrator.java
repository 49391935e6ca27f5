package sinew.runtime.demonstration;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sinew.runtime.dataset.DemonstrationSink;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.eval.EpisodePolicy;
import sinew.runtime.sim.ScriptedExpert;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// Lets the scripted expert do episodes of a task. An episode depends on its seed alone.
public final class SimDemonstrator implements AutoCloseable {
    private final SimTask task;
    private final int episodeSteps;
    private final double noise;
    private final EpisodePolicy beginner;
    private final SimEnv seeing;
    private final SimEnv blind;

    /// @param noise    what is executed, not what is recorded, drifts by so much (standard deviation, robot units)
    /// @param beginner the policy that acts first in each episode, or null; it belongs to the caller
    public SimDemonstrator(SimOptions options, double noise, EpisodePolicy beginner) {
        this.noise = noise;
        this.beginner = beginner;
        task = options.task();
        episodeSteps = options.maxSteps();
        // After a policy's start the expert has the time of a whole episode.
        SimOptions longEnough = beginner == null ? options : options.withMaxSteps(2 * episodeSteps);
        seeing = new SimEnv(longEnough);
        blind = new SimEnv(longEnough.withoutImages());
    }

    /// What the cameras and joints show at the start of a seed's episode.
    public EnvObservation first(long seed) {
        return seeing.reset(seed);
    }

    /// Demonstrates the episode of a seed into a sink and ends it there.
    ///
    /// @throws IOException when the sink cannot be written
    /// @return the frames recorded; 0, and nothing in the sink, when the expert fails or the policy needed no help
    public int demonstrate(long seed, DemonstrationSink sink) throws IOException {
        List<float[]> start = List.of();
        if (beginner != null) {
            start = PolicyStart.play(seeing, beginner, seed, episodeSteps);
            if (start.isEmpty()) {
                return 0;
            }
        }
        // Drawn and written only when the same seed is known to succeed.
        play(blind, seed, start, null);
        if (!blind.verdict().success()) {
            return 0;
        }
        int frames = play(seeing, seed, start, sink);
        sink.endEpisode(task.prompt());
        return frames;
    }

    /// @param sink may be null
    /// @return the steps that were the expert's
    private int play(SimEnv env, long seed, List<float[]> start, DemonstrationSink sink) throws IOException {
        EnvObservation seen = env.reset(seed);
        for (float[] action : start) {
            seen = env.step(action).observation();
        }
        ScriptedExpert expert = start.isEmpty() ? env.expert(seed) : env.expertFromHere(seed);
        Disturbance disturbance = new Disturbance(noise, seed);
        int steps = 0;
        EnvStep step;
        do {
            float[] action = expert.act();
            if (sink != null) {
                sink.frame(state(seen), action, seen.images(), env.truth());
            }
            step = env.step(disturbance.apply(action));
            seen = step.observation();
            steps++;
        } while (!step.done());
        return steps;
    }

    /// All joints, [6] per arm, left arm first.
    private static float[] state(EnvObservation seen) {
        List<float[]> parts = new ArrayList<>(seen.states().values());
        float[] state = new float[parts.size() * parts.get(0).length];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, state, at, part.length);
            at += part.length;
        }
        return state;
    }

    @Override
    public void close() {
        seeing.close();
        blind.close();
    }
}
