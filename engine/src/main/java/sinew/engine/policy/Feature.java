package sinew.engine.policy;

import java.util.List;

/// A named input or output of a policy, as the checkpoint's config names it.
///
/// @param name  for instance `observation.state`, `observation.images.front`, `action`
/// @param shape [D] for vectors, [3, H, W] for images (LeRobot's order, although Sinew takes [H, W, 3])
public record Feature(String name, FeatureType type, List<Integer> shape) {
    public Feature {
        shape = List.copyOf(shape);
    }

    /// Number of values of one observation of this feature.
    public int size() {
        int size = 1;
        for (int i = 0; i < shape.size(); i++) {
            size = Math.multiplyExact(size, shape.get(i));
        }
        return size;
    }
}
