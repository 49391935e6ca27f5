/// Reading PyTorch's checkpoint files: a zip of one pickle and the raw bytes of its tensors.
///
/// Nothing in a file is ever run: see [sinew.convert.pickle].
package sinew.convert.torch;
