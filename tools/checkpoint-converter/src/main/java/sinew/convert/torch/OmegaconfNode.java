package sinew.convert.torch;

import java.util.Map;
import sinew.convert.pickle.PickleException;
import sinew.convert.pickle.PickleObject;

/// A node of the training run's configuration, of which only the value is kept: the link to its parent would close a
/// circle, and the rest tells of types.
final class OmegaconfNode implements PickleObject {
    private final String name;
    private Object value;

    OmegaconfNode(String name) {
        this.name = name;
    }

    @Override
    public void build(Object state) {
        if (!(state instanceof Map<?, ?> fields)) {
            throw new PickleException("gives " + name + " a state that is not a dict");
        }
        value = fields.containsKey("_content") ? fields.get("_content") : fields.get("_val");
    }

    @Override
    public Object plain() {
        return value;
    }
}
