/// Reading and writing safetensors files: a length, a JSON header, raw tensors.
package sinew.convert.safetensors;
