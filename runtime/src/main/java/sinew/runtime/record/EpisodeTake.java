package sinew.runtime.record;

import sinew.runtime.control.StepRecord;

/// One episode being recorded. The control thread writes the fields before it calls [FrameSpool#end]; the
/// recorder's thread reads them after the spool's last picture.
final class EpisodeTake {
    final int index; // from 0
    final FrameSpool spool;
    ActionTrack track; // null before the first step
    boolean picturesLost;
    Boolean success;
    String interrupted; // why, or null
    StepRecord.Pace pace = StepRecord.Pace.UNKNOWN;

    EpisodeTake(int index, FrameSpool spool) {
        this.index = index;
        this.spool = spool;
    }
}
