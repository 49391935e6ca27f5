package sinew.runtime.control;

/// Someone who watches the control loop: the recorder, the monitor.
@FunctionalInterface
public interface StepListener {
    /// Called on the `control` thread after every reset and every step, and now and then between episodes
    /// (phase [Phase#WAITING_RESET]: shown, never recorded).
    ///
    /// Must return quickly and must not throw. The pictures and vectors in the record belong to the
    /// environment, which may overwrite them after this call: a listener copies what it keeps.
    void onStep(StepRecord record);
}
