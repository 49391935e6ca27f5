package sinew.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.PolicySpec;
import sinew.engine.text.ClipTokenizer;

/// What a checkpoint's config.json says, one implementation per family of policies.
interface PolicyConfig {
    List<Feature> inputs();

    Feature action();

    /// Normalisation by feature name, as the config asks for it; processor files may know better.
    Map<String, NormalizationMode> modes();

    /// Inputs and the action.
    default List<Feature> features() {
        List<Feature> all = new ArrayList<>(inputs());
        all.add(action());
        return all;
    }

    /// The spec with the normalisation that was found.
    PolicySpec spec(Normalization normalization, Problems problems);

    /// What the names of the network's tensors begin with in model.safetensors and not in a weights file.
    String prefix();

    /// The tensor's name in model.safetensors.
    ///
    /// @param name in a weights file
    default String source(String name) {
        return prefix() + name;
    }

    /// Of the policy's instructions; null when the checkpoint has none.
    default ClipTokenizer tokenizer() {
        return null;
    }

    /// Whether inference has no use for a tensor of model.safetensors.
    default boolean isUnused(String source) {
        return false;
    }
}
