/// The weights file: a GGUF v3 container with one policy's weights in execution layout, its spec and its
/// normalisation. docs/weights-format.md describes every byte.
package sinew.engine.weights;
