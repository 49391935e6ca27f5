/// Predictions from files: an observation and its noise in a safetensors file, the actions in another.
package sinew.runtime.predict;
