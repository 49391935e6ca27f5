package sinew.convert.pickle;

/// An instance that is made empty and gets its state later, so that the pickle can refer to it from within the state.
public interface PickleObject {
    /// @param state as the pickle has it; as yet nothing in it has been checked
    /// @throws PickleException when this is not such an object's state
    void build(Object state);

    /// The plain value that stands for the object in the tree. Asked for when the whole pickle has been read.
    Object plain();
}
