package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How often the expert succeeds, over many seeds. Not part of the ordinary build:
/// `mvn -pl runtime -am package -Dtest=ExpertRateTest -Dsurefire.failIfNoSpecifiedTests=false
/// -Dsurefire.extra=-Dsinew.expert.episodes=100`.
@EnabledIfSystemProperty(named = "sinew.expert.episodes", matches = "\\d+")
class ExpertRateTest {
    private static final long FIRST_SEED = 20_000;

    @ParameterizedTest
    @EnumSource(SimTask.class)
    void succeedsAtLeast98TimesOf100(SimTask task) {
        int episodes = Integer.getInteger("sinew.expert.episodes"), succeeded = 0;
        long steps = 0;
        try (SimEnv env = new SimEnv(SimOptions.of(task, FIRST_SEED).withoutImages())) {
            for (int i = 0; i < episodes; i++) {
                env.reset();
                ScriptedExpert expert = env.expert(i);
                while (!env.step(expert.act()).done()) {
                    // until it is over
                }
                SimVerdict verdict = env.verdict();
                succeeded += verdict.held() ? 1 : 0;
                steps += verdict.steps();
            }
        }
        double each = (double) steps / episodes;
        System.out.printf("%s: %d of %d episodes, %.1f steps each%n", task.label(), succeeded, episodes, each);
        assertTrue(succeeded >= 0.98 * episodes, task.label() + ": " + succeeded + " of " + episodes);
    }
}
