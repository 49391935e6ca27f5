package sinew.engine.inference;

import java.util.ArrayList;
import java.util.List;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.nn.StepTable;
import sinew.kernels.DenoisingRule;

/// The steps of a sampler as the networks know them. There is one of each kind.
///
/// @param table what the denoiser makes of the steps
/// @param rules what a device does after each call of the denoiser, or null where it cannot
/// @param room  how many times a sample's size the sampler keeps from step to step
record Schedule(StepTable table, List<DenoisingRule> rules, int room) {
    static Schedule of(NoiseScheduler scheduler, StepTable table) {
        List<DenoisingRule> rules = new ArrayList<>();
        for (int i = 0; i < scheduler.steps(); i++) {
            DenoisingRule rule = scheduler.rule(i);
            if (rule == null) {
                return new Schedule(table, null, scheduler.room());
            }
            rules.add(rule);
        }
        return new Schedule(table, List.copyOf(rules), scheduler.room());
    }
}
