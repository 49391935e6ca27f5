/// What a user would otherwise run: other runtimes with our weights in them, to be timed beside our engine.
///
/// [Peers] opens them. The models come from [sinew.bench.peers.export]; the runtimes are in the module bench/peers,
/// which only the Maven profile `peers` builds because their libraries are large.
///
/// | peer | what it runs |
/// |---|---|
/// | `onnxruntime-f32` | the ONNX model that PyTorch's exporter would write, shapes fixed |
/// | `onnxruntime-f32-2d` | the same with convolutions over time lifted to 2-D: their weights are packed beforehand |
/// | `onnxruntime-int8` | static int8: layers, and sums and pools between them; scales from runs on random input |
/// | `libtorch` | the calls that PyTorch's modules make, as TorchScript |
///
/// Kept in mind when reading figures: every peer computes the step's embedding and the modulation in each step, as
/// the original class does, and ours computes them once per schedule and once per prediction. BatchNorm reaches all
/// peers folded, which a plain PyTorch user does not have.
package sinew.bench.peers;
