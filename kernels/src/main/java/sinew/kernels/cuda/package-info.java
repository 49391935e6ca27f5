/// NVIDIA GPUs through JCuda's driver API, which needs no more than the driver's own libcuda. The kernels are CUDA C in
/// `kernels/src/main/cuda`, compiled ahead to PTX.
package sinew.kernels.cuda;
