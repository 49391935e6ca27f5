/// Checkpoints of the original diffusion_policy: which weights to take, what the configuration says, and the
/// normalisers that lie among the weights.
package sinew.convert.diffusionpolicy;
