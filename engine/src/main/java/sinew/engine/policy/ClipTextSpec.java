package sinew.engine.policy;

/// The geometry of a CLIP text tower.
///
/// @param vocabulary number of tokens that there are
/// @param context    tokens that it has positions for
/// @param length     L, tokens of an instruction as the policy was trained: shorter ones are padded, longer ones cut
public record ClipTextSpec(int width, int layers, int heads, int vocabulary, int context, int length) {}
