package sinew.bench;

import sinew.bench.machine.Limits;
import sinew.kernels.Workers;

/// What all measurements of one call of `sinew bench` share.
///
/// @param limits  for as many threads as the team has
/// @param runs    timed runs of each figure
/// @param profile whether to show every kernel call
record Setup(
        Workers workers,
        Limits limits,
        int runs,
        boolean profile,
        PeerSource peers,
        SyntheticModels models,
        Report report) {}
