package sinew.runtime.serve;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySession;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.ProtocolException;
import sinew.runtime.wire.Wire;

/// Answers the requests of one connection, on that connection's thread. Knows the messages, not the sockets.
final class SessionRequests {
    /// An answer to send.
    ///
    /// @param timed whether the request counts as the connection's previous one in `prev_total_ms`
    record Reply(byte[] message, boolean timed) {}

    private static final byte[] RESET_DONE = Wire.encode(Map.of("reset", true));
    private static final byte[] OBSERVED = Wire.encode(Map.of("observe", true));

    private final ObservationMapping mapping;
    private final int maxRows;
    private final Supplier<PolicySession> newSession;
    private final LongFunction<PolicySession> seededSession;
    private PolicySession session;

    /// @param maxRows       rows of a chunk to send, or 0 for all
    /// @param seededSession a session whose noise is that of a seed, for clients that ask for it
    SessionRequests(
            ObservationMapping mapping, int maxRows, Supplier<PolicySession> newSession,
            LongFunction<PolicySession> seededSession) {
        this.mapping = mapping;
        this.maxRows = maxRows;
        this.newSession = newSession;
        this.seededSession = seededSession;
    }

    /// Handles the message in `bytes[0, length)`, which must not change until this returns.
    ///
    /// @param prevTotalMs duration of the previous inference request, NaN for the first
    /// @throws RuntimeException whose message is for the client
    Reply handle(byte[] bytes, int length, double prevTotalMs) {
        if (!(Wire.decode(bytes, 0, length) instanceof Map<?, ?> request)) {
            throw new ProtocolException("a request is a map, with the observation or with the key 'reset'", 0);
        }
        if (request.containsKey("reset")) {
            reset(request.get("seed"));
            return new Reply(RESET_DONE, false);
        }
        Observation observation = mapping.map(request);
        if (Boolean.TRUE.equals(request.get("observe"))) {
            session().observe(observation);
            return new Reply(OBSERVED, false);
        }
        ActionPrefix prefix = SentPrefix.of(request);
        long start = System.nanoTime();
        ActionChunk chunk = checked(
                prefix.isEmpty() ? session().predict(observation) : session().predict(observation, prefix));
        double inferMs = (System.nanoTime() - start) / 1e6;
        return new Reply(Wire.encode(answer(chunk, inferMs, prevTotalMs, isOpenpi(request))), true);
    }

    private void reset(Object seed) {
        switch (seed) {
            case null -> session().reset();
            case Long l -> session = seededSession.apply(l);
            case Integer i -> session = seededSession.apply(i);
            default -> throw new ProtocolException("the seed of a reset is a whole number, not " + seed, 0);
        }
    }

    /// Uses the time until the client's next request. Call after an answer has left.
    void prepare() {
        if (session != null) {
            session.prepare();
        }
    }

    private PolicySession session() {
        if (session == null) {
            session = newSession.get();
        }
        return session;
    }

    /// A chunk that is not finite must never leave for a robot.
    static ActionChunk checked(ActionChunk chunk) {
        for (int i = 0; i < chunk.steps() * chunk.dim(); i++) {
            if (!Float.isFinite(chunk.values()[i])) {
                throw new IllegalStateException("the policy predicted " + chunk.values()[i] + " for joint "
                        + i % chunk.dim() + " in row " + i / chunk.dim());
            }
        }
        return chunk;
    }

    private Map<String, Object> answer(ActionChunk chunk, double inferMs, double prevTotalMs, boolean openpi) {
        int rows = maxRows == 0 ? chunk.steps() : Math.min(maxRows, chunk.steps());
        float[] values = Arrays.copyOf(chunk.values(), rows * chunk.dim());
        NdArray actions = NdArray.ofFloats(values, rows, chunk.dim());
        Map<String, Object> timing = new LinkedHashMap<>();
        timing.put("infer_ms", inferMs);
        if (!Double.isNaN(prevTotalMs)) {
            timing.put("prev_total_ms", prevTotalMs);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        // env_client reads the first, openpi's client the second; both ignore what they do not know.
        answer.put("action", actions);
        answer.put("actions", actions);
        if (openpi) {
            answer.put("policy_timing", Map.of("infer_ms", inferMs));
        }
        answer.put("server_timing", timing);
        return answer;
    }

    private static boolean isOpenpi(Map<?, ?> request) {
        if (request.containsKey("prompt") || request.containsKey("state")) {
            return true;
        }
        for (Object key : request.keySet()) {
            if (((String) key).startsWith("observation/")) {
                return true;
            }
        }
        return false;
    }
}
