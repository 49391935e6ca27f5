package sinew.runtime.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import sinew.runtime.checks.Checks;
import sinew.runtime.checks.Finding;
import sinew.runtime.checks.PolicyFacts;
import sinew.runtime.env.Env;

/// The checks of `sinew doctor` that cost nothing, made at the start of every run before anything moves.
///
/// @param skip   whether to go on whatever they say
/// @param notice hears what the operator should know
record StartChecks(boolean skip, Consumer<String> notice) {
    /// @param metadata what the connected server said about itself
    /// @param env      that was opened from `world`
    /// @throws IOException when the policy must not drive this world
    void make(Map<String, Object> metadata, World world, Env env) throws IOException {
        PolicyFacts policy = PolicyFacts.of(metadata);
        List<Finding> findings = new ArrayList<>(Checks.fit(policy, world.body(), world.allowUnitMismatch()));
        findings.addAll(world.look(env, policy));
        for (Finding finding : findings) {
            if (finding.severity() == Finding.Severity.WARNING) {
                notice.accept("! " + about(finding));
            }
        }
        List<String> errors = findings.stream().filter(Finding::isError).map(StartChecks::about).toList();
        if (errors.isEmpty()) {
            return;
        }
        if (!skip) {
            throw new IOException("nothing was moved: " + String.join(";\n  ", errors)
                    + ".\nsinew doctor says more; --skip-checks runs it all the same");
        }
        notice.accept("! Going on as told by --skip-checks, although " + String.join("; ", errors) + ".");
    }

    private static String about(Finding finding) {
        return finding.topic() + ": " + finding.words();
    }
}
